"""Institutions: their files, their facts on a day, and what is derived from them."""

from mitasu.facts.derived import DERIVED, effective_from
from mitasu.facts.institution import Event, Filing, Institution, Person, Span
from mitasu.facts.read import load_institution, read_institution
from mitasu.facts.view import Found, View

__all__ = [
    "DERIVED",
    "Event",
    "Filing",
    "Found",
    "Institution",
    "Person",
    "Span",
    "View",
    "effective_from",
    "load_institution",
    "read_institution",
]
