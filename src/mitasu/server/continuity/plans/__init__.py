"""Plans, drills, people, trainings, checklists and contracts: recorded here, shown to an inspector from the ledger."""
