"""The tables of 継続: backups and media (`backups`), plans, drills and trainings (`plans`)."""
