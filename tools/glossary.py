"""The glossary as data, for the application's page: what GLOSSARY.md says, read from its tables."""

from __future__ import annotations

import json


def glossary_json(text: str) -> str:
    """The sections of the glossary with their terms; ValueError where a row has not all four cells."""
    sections: list[dict[str, object]] = []
    terms: list[dict[str, str]] = []
    for line in text.splitlines():
        if line.startswith("## "):
            terms = []
            sections.append({"title": line.removeprefix("## ").split(" ・ ")[-1], "terms": terms})
        elif line.startswith("| ") and not line.startswith("| 日本語"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) != 4 or not (cells[0] and cells[1] and cells[3]):
                raise ValueError(f"not a row of the glossary: {line}")
            terms.append({"term": cells[0], "english": cells[1], "told": cells[3]})
    return json.dumps(sections, ensure_ascii=False, indent=1) + "\n"
