"""The law as data: additions, catalogue, sources and rulings. It loads; it decides nothing."""

from mitasu.rulebook.addition import Addition, Billing, Clause, EncounterPoints, Question
from mitasu.rulebook.book import Rulebook
from mitasu.rulebook.catalogue import FACILITY_KINDS, SECTORS, Catalogue, Entry
from mitasu.rulebook.keys import ENCOUNTER_KINDS, GRADES

__all__ = [
    "ENCOUNTER_KINDS",
    "FACILITY_KINDS",
    "GRADES",
    "SECTORS",
    "Addition",
    "Billing",
    "Catalogue",
    "Clause",
    "EncounterPoints",
    "Entry",
    "Question",
    "Rulebook",
]
