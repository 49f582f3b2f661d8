"""An answer is put into the file where it belongs, and nothing else in the file changes."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from difflib import ndiff
from importlib.resources import files
from pathlib import Path

import pytest
from institution_files import HEAD

from mitasu.errors import InputError
from mitasu.facts import Institution, load_institution
from mitasu.facts.write import InstitutionFile, write_whole
from mitasu.rulebook import Rulebook

DAY = date(2025, 4, 1)
NOTED = """\
# 先頭の注
institution:
    name: 試しの内科   # 名前の注
    sector: medical
    kind: clinic

facts:
    online_claims: true # 請求の注
    # まんなかの注
    e_prescription:
    # 期間の前の注
    - {from: 2024-01-01, to: 2024-03-31, value: false} # 一つ目の注
    - from: 2024-05-01
      # 中の注
      to: 2024-05-31
      value: true   # 二つ目の注
series:
    card_use_rate_receipts: {
        "2024-05": 4.10, # 五月の注
        # 六月の前の注
        "2024-06": 4.4}
    card_use_rate_checks:
        "2024-05": 8.60
        # 最後の注
events: {}   # 出来事の注
people: [ # 職員の注
]

# 届出の注
filings:
- {item: medical-dx-promotion,   # 途中の注
   arrived: 2024-05-17, accepted: 2024-05-29}

# おわりの注
"""
Edit = Callable[[InstitutionFile], None]


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    path = tmp_path / "clinic.yaml"
    path.write_text(NOTED, "utf-8")
    return path


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that went and the lines that came."""
    lines = list(ndiff(before.splitlines(), after.splitlines()))
    return [line[2:] for line in lines if line[:2] == "- "], [line[2:] for line in lines if line[:2] == "+ "]


EDITS: dict[str, tuple[Edit, list[str], list[str]]] = {
    "a new fact": (
        lambda file: file.set_fact("own_website", True, DAY),
        [],
        ["    own_website:", "      - {from: 2025-04-01, value: true}"],
    ),
    "a further span": (
        lambda file: file.set_fact("e_prescription", True, DAY),
        [],
        ["    - {from: 2025-04-01, value: true}"],
    ),
    "a span between others": (
        lambda file: file.set_fact("e_prescription", True, date(2024, 4, 15)),
        [],
        ["    - {from: 2024-04-15, to: 2024-04-30, value: true}"],
    ),
    "a month in a flow of many lines": (
        lambda file: file.set_series("card_use_rate_receipts", "2024-07", 45.0),
        ['        "2024-06": 4.4}'],
        ['        "2024-06": 4.4, "2024-07": 45.0}'],
    ),
    "a month in a block": (
        lambda file: file.set_series("card_use_rate_checks", "2024-07", Decimal("5.25")),
        [],
        ['        "2024-07": 5.25'],
    ),
    "a new series": (
        lambda file: file.set_series("summaries_due", "2024-07", 3),
        [],
        ["    summaries_due:", '      "2024-07": 3'],
    ),
    "an event in an empty table": (
        lambda file: file.set_events("network_use", [{"on": DAY, "direction": "view"}]),
        ["events: {}   # 出来事の注"],
        ["events: {network_use: [{on: 2025-04-01, direction: view}]}   # 出来事の注"],
    ),
    "that nothing happened": (
        lambda file: file.set_events("network_use", []),
        ["events: {}   # 出来事の注"],
        ["events: {network_use: []}   # 出来事の注"],
    ),
    "a person in an empty list": (
        lambda file: file.add_rows("people", [{"role": "record_manager"}]),
        ["people: [ # 職員の注"],
        ["people: [{role: record_manager} # 職員の注"],
    ),
    "a filing in a list without indentation": (
        lambda file: file.add_rows("filings", [{"item": "home-care-dx", "level": "1", "accepted": DAY}]),
        [],
        ['- {item: home-care-dx, level: "1", accepted: 2025-04-01}'],
    ),
    "a detail of a row in a block": (
        lambda file: file.set_in(("facts", "e_prescription", 1), "proof", "控え: 写し #2"),
        [],
        ['      proof: "控え: 写し #2"'],
    ),
    "a detail of a row in a flow": (
        lambda file: file.set_in(("filings", 0), "level", "3"),
        ["   arrived: 2024-05-17, accepted: 2024-05-29}"],
        ['   arrived: 2024-05-17, accepted: 2024-05-29, level: "3"}'],
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_answer_changes_only_its_own_lines(noted: Path, rulebook: Rulebook, name: str) -> None:
    edit, went, came = EDITS[name]
    file = InstitutionFile(noted)
    edit(file)
    assert changed(NOTED, noted.read_text("utf-8")) == (went, came)
    assert file.written == 1
    load_institution(noted, rulebook)


def test_all_answers_together_leave_every_remark_in_its_order(noted: Path, rulebook: Rulebook) -> None:
    file = InstitutionFile(noted)
    for edit, _, _ in EDITS.values():
        if edit is not EDITS["that nothing happened"][0]:
            edit(file)
    remarks = [line.partition("# ")[2] for line in NOTED.splitlines() if "# " in line]
    after = noted.read_text("utf-8").splitlines()
    assert [line.partition("# ")[2] for line in after if "# " in line and "写し" not in line] == remarks
    assert load_institution(noted, rulebook).fact("own_website", DAY) is not None


@pytest.mark.parametrize(
    ("old", "lines"),
    [
        ("facts:\n", ["facts:", "  beds:", "    - {from: 2025-04-01, value: 3}"]),
        ("facts: null   # 注\n", ["facts:    # 注", "  beds:", "    - {from: 2025-04-01, value: 3}"]),
        ("facts: ~\n", ["facts: ", "  beds:", "    - {from: 2025-04-01, value: 3}"]),
        ("facts: {}\n", ["facts: {beds: [{from: 2025-04-01, value: 3}]}"]),
        ("facts: {own_website: true}\n", ["facts: {own_website: true, beds: [{from: 2025-04-01, value: 3}]}"]),
        ("facts: {own_website: true, }\n", ["facts: {own_website: true, beds: [{from: 2025-04-01, value: 3}], }"]),
        ("facts:\n  beds:\n", ["facts:", "  beds:", "    - {from: 2025-04-01, value: 3}"]),
        ("facts: {beds: }\n", ["facts: {beds: [{from: 2025-04-01, value: 3}] }"]),
        ("facts: {beds: []}\n", ["facts: {beds: [{from: 2025-04-01, value: 3}]}"]),
        ("facts:\n  beds: []\n", ["facts:", "  beds: [{from: 2025-04-01, value: 3}]"]),
        ("", ["facts:", "  beds:", "    - {from: 2025-04-01, value: 3}"]),
        ("people: []", ["people: []", "facts:", "  beds:", "    - {from: 2025-04-01, value: 3}"]),
        ("# 終わり", ["facts:", "  beds:", "    - {from: 2025-04-01, value: 3}", "# 終わり"]),
        (
            "facts:\n  # beds: 0\n  own_website: true\n  # おわり\npeople: []\n",
            ["facts:", "  # beds: 0", "  own_website: true", "  beds:", "    - {from: 2025-04-01, value: 3}",
             "  # おわり", "people: []"],
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_fact_finds_its_place_however_the_file_is_written(
    tmp_path: Path, rulebook: Rulebook, old: str, lines: list[str], end: str
) -> None:
    path = tmp_path / "clinic.yaml"
    path.write_bytes((HEAD + old).replace("\n", end).encode())
    InstitutionFile(path).set_fact("beds", 3, DAY)
    written = path.read_bytes().decode()
    assert written.split(end)[4:] in (lines, [*lines, ""])
    assert end == "\n" or written.replace("\r\n", "").count("\n") == 0
    found = load_institution(path, rulebook).fact("beds", DAY)
    assert found is not None
    assert found.value == 3


def test_a_file_in_one_flow_is_written_as_one(tmp_path: Path, rulebook: Rulebook) -> None:
    path = tmp_path / "clinic.yaml"
    path.write_text('{"institution": {"name": "見本", "sector": "medical", "kind": "clinic"}}', "utf-8")
    file = InstitutionFile(path)
    file.set_fact("beds", 3, DAY)
    file.set_fact("own_website", False, DAY)
    file.set_series("summaries_due", "2025-03", 3)
    file.set_series("summaries_due", "2025-04", 4)
    file.add_rows("filings", [])
    found = load_institution(path, rulebook)
    assert set(found.facts) == {"beds", "own_website"}
    assert found.series == {"summaries_due": {"2025-03": 3, "2025-04": 4}}
    assert found.filings == ()


@pytest.mark.parametrize("name", ["paper-clinic", "childrens-clinic", "hospital"])
def test_a_sample_takes_answers_line_by_line(tmp_path: Path, rulebook: Rulebook, name: str) -> None:
    text = files("mitasu").joinpath("samples", f"{name}.yaml").read_text("utf-8")
    path = tmp_path / "clinic.yaml"
    path.write_text(text, "utf-8")
    before = load_institution(path, rulebook)
    file = InstitutionFile(path)
    file.set_fact("certified_chart", True, DAY)
    file.set_series("home_care_dx_claims", "2025-03", 7)
    file.add_rows("filings", [{"item": "emergency-information", "accepted": DAY}])
    went, came = changed(text, path.read_text("utf-8"))
    assert (went, len(came)) == ([], 5)
    assert unlike(before, load_institution(path, rulebook)) == {"facts", "series", "filings"}


def unlike(one: Institution, other: Institution) -> set[str]:
    fields = ("name", "code", "sector", "kind", "facts", "series", "events", "people", "filings")
    return {field for field in fields if getattr(one, field) != getattr(other, field)}


def test_the_same_day_may_be_answered_many_times(tmp_path: Path, rulebook: Rulebook) -> None:
    path = tmp_path / "clinic.yaml"
    path.write_text(HEAD, "utf-8")
    file = InstitutionFile(path)
    file.set_fact("network_joined_on", DAY, DAY)
    file.set_fact("own_website", True, DAY)
    assert "&" not in path.read_text("utf-8")
    assert set(load_institution(path, rulebook).facts) == {"network_joined_on", "own_website"}


def test_a_value_that_always_held_keeps_the_days_before(tmp_path: Path, rulebook: Rulebook) -> None:
    path = tmp_path / "clinic.yaml"
    path.write_text(HEAD + "facts: {beds: 19}\n", "utf-8")
    InstitutionFile(path).set_fact("beds", 20, DAY)
    found = load_institution(path, rulebook)
    values = [span.value for day in (date(2025, 3, 31), DAY) if (span := found.fact("beds", day))]
    assert values == [19, 20]


def test_what_was_edited_meanwhile_is_not_overwritten(noted: Path, rulebook: Rulebook) -> None:
    file = InstitutionFile(noted)
    file.set_fact("own_website", True, DAY)
    noted.write_text(noted.read_text("utf-8").replace("試しの内科", "直した内科"), "utf-8")
    file.set_fact("beds", 3, DAY)
    assert load_institution(noted, rulebook).name == "直した内科"


def test_a_byte_order_mark_and_the_rights_of_the_file_stay(noted: Path) -> None:
    noted.write_bytes(b"\xef\xbb\xbf" + NOTED.encode())
    noted.chmod(0o640)
    InstitutionFile(noted).set_fact("beds", 3, DAY)
    assert noted.read_bytes().startswith(b"\xef\xbb\xbf# ")
    assert noted.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(noted: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(noted)
    InstitutionFile(link).set_fact("beds", 3, DAY)
    assert link.is_symlink()
    assert "beds" in noted.read_text("utf-8")


def test_json_is_not_written_back(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="JSONには書き戻せません"):
        InstitutionFile(tmp_path / "clinic.json")


def test_where_writing_fails_the_old_file_and_nothing_else_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "folder.yaml"
    folder.mkdir()
    (folder / "inside").write_text("x")
    with pytest.raises(InputError, match="元のファイルはそのままです"):
        write_whole(folder, "text")
    assert os.listdir(tmp_path) == ["folder.yaml"]


def test_where_no_file_can_be_made_the_error_says_so() -> None:
    with pytest.raises(InputError, match="書き込めません"):
        write_whole(Path("/proc/mitasu.yaml"), "text")
