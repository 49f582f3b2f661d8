"""EF統合ファイル beside the register: which K codes one has and the other lacks, stay by stay. Nothing is taken in.

A line is an operation where its data class (データ区分) is 50; the K code is the 解釈番号, which hospitals may leave
blank. Such lines are counted and shown: they are neither a match nor a difference.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from mitasu.documents.tables import decoded
from mitasu.errors import InputError
from mitasu.server.accounts.models import Site
from mitasu.server.records.importing.form1 import PREFIX
from mitasu.server.records.importing.rows import K_CODE, read_day
from mitasu.server.records.models import IdMap, Operation, Patient, Stay
from mitasu.server.records.names import operation_key

COLUMNS = 11
"""施設コード, データ識別番号, 退院年月日, 入院年月日, データ区分, 順序番号, 行為明細番号, 病院点数マスターコード, レセ電コード, 解釈番号, 診療明細名称."""
OPERATIONS = "50"


@dataclass(frozen=True, slots=True)
class Difference:
    """A K code that one of the two lacks."""

    stay: Stay
    code: str
    only_in: str
    name: str = ""


@dataclass(slots=True)
class Compared:
    """What came of the comparison."""

    how: str = ""
    stays: int = 0
    codes: int = 0
    differences: list[Difference] = field(default_factory=list)
    unknown_stays: list[str] = field(default_factory=list)
    without_code: int = 0
    problems: list[str] = field(default_factory=list)


def compare(site: Site, content: bytes, name: str) -> Compared:
    """The operations of a file against those of the register, for the stays that the file has."""
    try:
        text, how = decoded(content, name)
    except InputError as error:
        return Compared(problems=[str(problem) for problem in error.problems])
    found = Compared(how)
    by_stay = _operations(text, found)
    if found.problems:
        return found
    register = _register(site, {key[0] for key in by_stay})
    matched: list[tuple[Stay, dict[str, str]]] = []
    for key, codes in by_stay.items():
        stays = register.get(key, [])
        if len(stays) == 1:
            matched.append((stays[0], codes))
        else:
            told = "一覧表にありません" if not stays else "同じ日の入院が二つあり、どちらか分かりません"
            found.unknown_stays.append(f"データ識別番号{key[0]}・入院日{key[1]}：{told}")
    have: dict[int, dict[str, str]] = defaultdict(dict)
    ids = [stay.pk for stay, _ in matched]
    for start in range(0, len(ids), 5000):
        rows = Operation.objects.filter(stay__in=ids[start : start + 5000])
        for stay_id, code, title in rows.values_list("stay_id", "code", "name"):
            have[stay_id][_plain(code)] = title
    for stay, codes in matched:
        found.stays += 1
        found.codes += len(codes)
        ours = have[stay.pk]
        for code in sorted(codes.keys() - ours.keys()):
            found.differences.append(Difference(stay, code, "EF統合ファイル", codes[code]))
        for code in sorted(ours.keys() - codes.keys()):
            found.differences.append(Difference(stay, code, "一覧表", ours[code]))
    return found


def _plain(code: str) -> str:
    """The number of the fee table without what hospitals add to it."""
    match = K_CODE.match(operation_key(code))
    return match[0] if match else code


def _operations(text: str, found: Compared) -> dict[tuple[str, str], dict[str, str]]:
    """K code and name by (pseudonymous number, admission day)."""
    by_stay: dict[tuple[str, str], dict[str, str]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        cells = [cell.strip() for cell in line.rstrip("\r").split("\t")]
        if not line.strip() or (number == 1 and not cells[0].isdigit()):
            continue
        if len(cells) < COLUMNS:
            found.problems.append(
                f"{number}行目：列が{len(cells)}しかありません。EF統合ファイルはタブ区切りで{COLUMNS}列以上です。"
            )
            continue
        try:
            admitted = read_day(cells[3])
        except ValueError as error:
            found.problems.append(f"{number}行目（入院年月日）：{error}")
            continue
        codes = by_stay.setdefault((cells[1], str(admitted)), {})
        if cells[4] != OPERATIONS:
            continue
        match = K_CODE.match(operation_key(cells[9]))
        if match:
            codes[match[0]] = cells[10]
        elif not cells[9]:
            found.without_code += 1
    return by_stay


def _register(site: Site, outside: set[str]) -> dict[tuple[str, str], list[Stay]]:
    """The stays of the patients that the id map names or that go by the number itself, by (number, admission day)."""
    by_patient: dict[int, list[str]] = defaultdict(list)
    for number, patient in IdMap.objects.filter(site=site).values_list("outside", "patient"):
        if number in outside:
            by_patient[patient].append(number)
    names = {f"{PREFIX}{number}": number for number in outside}
    for start in range(0, len(names), 5000):
        alike = Patient.objects.filter(site=site, number__in=list(names)[start : start + 5000])
        for patient, named in alike.values_list("pk", "number"):
            by_patient[patient].append(names[named])
    stays: dict[tuple[str, str], list[Stay]] = defaultdict(list)
    ids = list(by_patient)
    for start in range(0, len(ids), 5000):
        for stay in Stay.objects.filter(patient__in=ids[start : start + 5000]).select_related("patient"):
            for number in by_patient[stay.patient_id]:
                stays[number, str(stay.admitted)].append(stay)
    return stays
