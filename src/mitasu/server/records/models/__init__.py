"""The tables of health-record management: the register, the summaries, what is kept and lent, and the people."""

from mitasu.server.records.models.keeping import Disclosure, DisclosureStep, Disposal, Hold, Loan
from mitasu.server.records.models.register import (
    Diagnosis,
    DiagnosisRole,
    IdMap,
    ImportBatch,
    Operation,
    Outpatient,
    Patient,
    Sex,
    Stay,
)
from mitasu.server.records.models.room import Doctor, Extraction, RoomSettings, Search, StaffMember
from mitasu.server.records.models.summaries import MonthClose, Profession, Reminder, Step, SummaryEvent

__all__ = [
    "Diagnosis",
    "DiagnosisRole",
    "Disclosure",
    "DisclosureStep",
    "Disposal",
    "Doctor",
    "Extraction",
    "Hold",
    "IdMap",
    "ImportBatch",
    "Loan",
    "MonthClose",
    "Operation",
    "Outpatient",
    "Patient",
    "Profession",
    "Reminder",
    "RoomSettings",
    "Search",
    "Sex",
    "StaffMember",
    "Stay",
    "Step",
    "SummaryEvent",
]
