"""Sample claim files: the same for the same seed, well-formed, nobody real, with the faults that were asked for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from claim_lines import read

import mitasu
from mitasu.claims.audit import audit
from mitasu.claims.codes import CodeTable
from mitasu.claims.generate import Profile, profile, write_month
from mitasu.claims.rights import origin
from mitasu.claims.sample_codes import CODES, FIRST_MONTH
from mitasu.claims.sample_faults import FAULTS, IN_BYTES
from mitasu.dates import months_between
from mitasu.errors import UsageError
from mitasu.judge.judgement import Judge

BILLING = ("duplicate-addition", "ended-code", "level-too-high", "without-right")


def made(profile: Profile, path: Path, month: str, faults: tuple[str, ...] = (), seed: int = 1) -> bytes:
    write_month(profile, month, path, 60, seed, faults=faults)
    return path.read_bytes()


def test_a_sample_is_the_same_for_the_same_seed_and_another_for_another(
    clinic: Profile, tmp_path: Path
) -> None:
    path = tmp_path / "a.UKE"
    first = made(clinic, path, "2025-05")
    assert made(clinic, path, "2025-05") == first
    assert made(clinic, path, "2025-05", seed=2) != first


@pytest.mark.parametrize("month", ["2024-07", "2025-04", "2025-05", "2026-09"])
def test_a_sample_without_faults_has_none(clinic: Profile, tmp_path: Path, month: str) -> None:
    path = tmp_path / "a.UKE"
    made(clinic, path, month)
    found = read(path)
    assert found.faults == []
    assert (found.file.totals.receipts, found.file.totals.months) == (60, {month: 60})
    assert origin(path) == "sample"


@pytest.mark.parametrize("name", ["paper-clinic", "childrens-clinic", "hospital"])
def test_an_unfaulted_sample_is_audited_without_a_finding_in_any_month(
    judge: Judge, tmp_path: Path, name: str
) -> None:
    institution, months = mitasu.sample(name), months_between(FIRST_MONTH, "2026-11")
    whole = profile(institution, judge, months)
    files = [write_month(whole, month, tmp_path / f"{month}.UKE", 40, 1)[0] for month in months]
    found = audit(judge, institution, files, on=date(2026, 11, 22))
    assert (found.findings, found.doubts, [one.faults for one in found.files]) == ((), (), [0] * len(months))
    charged = {one.meaning.addition for one in found.charged}
    assert {"medical-information-acquisition", "electronic-information-sharing"} <= charged
    assert not any(one.lower for one in found.missed)


def test_the_codes_of_samples_mean_what_the_code_table_says() -> None:
    table = CodeTable.shipped()
    for one in CODES:
        last = min(one.until, "2026-12")
        for month in months_between(one.from_, last):
            meaning = table.at(one.code, month)
            assert meaning is not None
            assert (meaning.addition, meaning.encounter, meaning.points) == (
                one.addition,
                one.where,
                one.points,
            )
            assert meaning.counts
            assert one.level in ("", meaning.level)


def test_the_day_of_the_visit_decides_what_is_charged(judge: Judge, tmp_path: Path) -> None:
    opened = profile(
        mitasu.sample("paper-clinic"), judge, ["2025-07"]
    )  # its page was put on the web on 10 July
    assert opened.levels[date(2025, 7, 9)] == {}
    assert opened.levels[date(2025, 7, 10)]["medical-dx-promotion"] == "6"
    made(opened, tmp_path / "a.UKE", "2025-07")
    days = [
        day
        for receipt in read(tmp_path / "a.UKE").receipts
        for item in receipt.items
        if item.code == "111703370"
        for day, _ in item.days
    ]
    assert min(days) >= 10


def test_a_hospital_has_stays_and_a_clinic_has_none(
    clinic: Profile, month_file: Path, tmp_path: Path
) -> None:
    stays = [receipt for receipt in read(month_file).receipts if receipt.inpatient]
    assert stays
    assert all(receipt.admitted is not None for receipt in stays)
    assert any(item.code == "190832010" for receipt in stays for item in receipt.items)
    made(clinic, tmp_path / "a.UKE", "2025-05")
    assert read(tmp_path / "a.UKE").file.totals.inpatient == 0


def test_the_codes_are_those_of_the_level_that_was_judged(clinic: Profile, tmp_path: Path) -> None:
    path = tmp_path / "a.UKE"
    made(clinic, path, "2025-05")
    codes = {item.code for receipt in read(path).receipts for item in receipt.items}
    assert clinic.levels[date(2025, 5, 1)]["medical-dx-promotion"] == "6"
    promotion = {one.code for one in CODES if one.addition == "medical-dx-promotion"}
    assert codes & promotion == {"111703370"}
    made(clinic, path, "2025-04")
    assert "medical-dx-promotion" not in clinic.levels[date(2025, 4, 1)]
    assert not promotion & {item.code for receipt in read(path).receipts for item in receipt.items}


def test_a_person_stays_the_same_from_month_to_month(clinic: Profile, tmp_path: Path) -> None:
    people: dict[str, set[object]] = {}
    for month in ("2025-04", "2025-05"):
        made(clinic, tmp_path / "a.UKE", month)
        for receipt in read(tmp_path / "a.UKE").receipts:
            people.setdefault(receipt.chart, set()).add((receipt.born, receipt.sex))
    assert all(len(seen) == 1 for seen in people.values())
    assert len(people) < 120


STRUCTURE = sorted(set(FAULTS) - set(BILLING))


@pytest.mark.parametrize("fault", STRUCTURE)
def test_a_planted_fault_of_form_is_found_by_its_name(clinic: Profile, tmp_path: Path, fault: str) -> None:
    path = tmp_path / "a.UKE"
    made(clinic, path, "2025-05", (fault,))
    assert fault in read(path).file.fault_counts
    assert origin(path) == "sample"


def test_every_fault_of_form_can_stand_in_one_file(clinic: Profile, tmp_path: Path) -> None:
    wanted = tuple(sorted(set(STRUCTURE) - IN_BYTES))
    made(clinic, tmp_path / "a.UKE", "2025-05", wanted)
    assert set(wanted) <= set(read(tmp_path / "a.UKE").file.fault_counts)


def items_of(path: Path) -> list[tuple[str, int | None]]:
    return [(item.code, item.times) for receipt in read(path).receipts for item in receipt.items]


def test_planted_faults_of_billing_are_there_and_the_form_stays_right(
    clinic: Profile, tmp_path: Path
) -> None:
    path = tmp_path / "a.UKE"
    made(clinic, path, "2025-05", ("duplicate-addition",))
    assert ("111703370", 2) in items_of(path)
    assert read(path).faults == []
    made(clinic, path, "2025-05", ("ended-code",))
    assert "111703170" in dict(items_of(path))
    assert read(path).faults == []
    made(clinic, path, "2025-05", ("level-too-high",))
    assert set(dict(items_of(path))) & {
        one.code for one in CODES if one.addition == "medical-dx-promotion" and one.level < "6"
    }
    made(clinic, path, "2025-04", ("without-right",))
    assert "111703670" in dict(items_of(path))
    assert read(path).faults == []


def test_a_fault_without_a_place_is_told_and_nothing_is_written(clinic: Profile, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="without-right"):
        made(clinic, tmp_path / "a.UKE", "2025-05", ("without-right",))
    with pytest.raises(UsageError, match="day-sum"):
        made(clinic, tmp_path / "a.UKE", "2025-05", ("day-sun",))
    assert list(tmp_path.iterdir()) == []


def test_volumes_hold_the_same_receipts_as_one_file(clinic: Profile, tmp_path: Path) -> None:
    one = tmp_path / "one.UKE"
    write_month(clinic, "2025-05", one, 10, 1)
    paths = write_month(clinic, "2025-05", tmp_path / "v.UKE", 10, 1, volumes=3)
    assert [path.name for path in paths] == ["v-00.UKE", "v-01.UKE", "v-02.UKE"]
    before, charts = None, []
    for place, path in enumerate(paths):
        found = read(path, after=before, last=place == 2)
        assert found.faults == []
        before = found.file
        charts += [receipt.chart for receipt in found.receipts]
    assert charts == [receipt.chart for receipt in read(one).receipts]


def test_only_medical_institutions_and_known_months_can_be_made(judge: Judge) -> None:
    with pytest.raises(UsageError, match="2024年6月"):
        profile(mitasu.sample("hospital"), judge, ["2024-05"])
