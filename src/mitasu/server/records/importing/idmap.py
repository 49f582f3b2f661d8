"""The hospital's map from the pseudonymous numbers of DPC files to its patients, as a table of two columns."""

from __future__ import annotations

from mitasu.documents.tables import find_header, read_table, text_of
from mitasu.errors import InputError

WORDS = {"outside": ["データ識別番号", "識別番号"], "number": ["患者番号", "患者ID", "診察券番号"]}
HEAD = ("データ識別番号", "患者番号")


def parse(content: bytes, name: str) -> tuple[str, dict[str, str], list[str]]:
    """How the file is encoded, the patient's number by pseudonymous number, and problems."""
    try:
        read = read_table(content, name)
    except InputError as error:
        return "", {}, [str(problem) for problem in error.problems]
    header = find_header(read.rows, WORDS)
    if header is None:
        return read.how, {}, [f"見出しの行が見つかりません。列は「{'、'.join(HEAD)}」です。"]
    start, columns = header
    found: dict[str, str] = {}
    problems: list[str] = []
    for index, cells in enumerate(read.rows[start + 1 :], start + 2):
        outside, number = (
            text_of(cells[columns[key]]) if columns[key] < len(cells) else "" for key in ("outside", "number")
        )
        if not outside and not number:
            continue
        if not outside or not number:
            problems.append(f"{index}行目：データ識別番号と患者番号の両方が要ります。")
        elif len(outside) > 20 or len(number) > 40:
            problems.append(f"{index}行目：番号が長すぎます（データ識別番号は20字、患者番号は40字まで）。")
        elif found.get(outside, number) != number:
            problems.append(
                f"{index}行目：データ識別番号{outside}に、二つの患者番号（{found[outside]}と{number}）があります。"
            )
        else:
            found[outside] = number
    return read.how, found, problems
