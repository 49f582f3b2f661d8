"""The words and keys that rule files may use; the schemas and the handbook are held to the same lists."""

from __future__ import annotations

ENCOUNTER_KINDS = {
    "first_visit": "初診",
    "revisit": "再診",
    "home_visit": "訪問診療",
    "nursing_visit": "訪問看護",
    "dispensing": "調剤",
    "admission": "入院初日",
    "emergency": "救急外来",
}
GRADES = {"A": "公的資料", "B": "複数の二次資料", "C": "単一の資料", "I": "解釈"}
REQUIREMENT_KINDS = ("institution", "filing", "advisory")

POINTED = {"event": "event", "role": "role", "fact": "fact", "series": "series", "overdue": "series"}
FILING = ("required", "forms", "reports", "attachments", "note")
FORM = ("form", "from", "until", "sectors", "items")
ATTACHMENT = ("document", "from", "until", "sectors", "levels")
CODE = ("code", "sectors", "from", "until", "cite", "note")

TOP = ("id", "title", "titles", "sectors", "kinds", "applies_when", "cite", "grade", "filing", "codes", "requirements",
       "every_level", "periods", "billing", "questions", "reminders", "note", "amounts")  # fmt: skip
REQUIREMENT = ("id", "label", "text", "cite", "grade", "rulings", "kind", "sectors", "from", "until", "part_of", "soft",
               "unverified", "need", "applies_when", "deemed", "remedy", "note")  # fmt: skip
MEASURE = ("from", "until", "if", "cite", "grade", "note", "sectors")
PERIOD = ("from", "until", "cite", "grade", "every_level", "levels", "encounter_points", "note", "titles")
LEVEL = ("level", "points", "points_if", "yen", "needs", "params", "sectors", "grade", "note", "cite")
ENCOUNTER_POINTS = ("encounter", "level", "points", "when", "note", "amount")
BILLING = ("encounters", "conditions", "limits", "exclusions", "together_with", "amounts", "gives_way_to",
           "outside_bundles")  # fmt: skip
CLAUSE = ("id", "label", "text", "cite", "grade", "rulings", "sectors", "from", "until", "encounters", "note")
QUESTION = ("id", "text", "ask", "cite", "requirement", "sectors", "from", "until", "note")
SOURCE = ("title", "kind", "date", "place", "grade", "read", "note")
RULING = ("number", "date", "text", "additions", "cite", "grade", "note")
OTHER = ("title", "encounters", "from", "until", "refused_when", "label", "text", "cite", "grade", "note")
POSTING = ("addition", "text", "phrases", "wall", "web", "levels", "sectors", "kinds", "from", "until", "fill",
           "advisory", "cite", "grade", "note")  # fmt: skip
ASK = ("requirement", "fact")
