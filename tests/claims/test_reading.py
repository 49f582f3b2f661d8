"""A claim file as it is read: header, receipts with what was done, totals; one bad line never stops the rest."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from claim_lines import DENTAL, DPC, LINES, PHARMACY, Put, as_bytes, read

from mitasu.claims.faults import KEPT
from mitasu.claims.receipt import Disease, Insurer, Item, Receipt, Trailer


def changed(place: int, line: str) -> list[str]:
    return [*LINES[:place], line, *LINES[place + 1 :]]


def test_a_file_with_crlf_eof_and_cut_trailing_fields_is_read_without_a_fault(put: Put) -> None:
    found = read(put())
    assert found.faults == []
    header = found.file.header
    assert header is not None
    assert (header.kind, header.code, header.name, header.month) == (
        "medical", "1319900010", "見本診療所（見本）", "2025-05",
    )  # fmt: skip
    assert found.file.trailer == Trailer(13, 1, 450, "99")
    totals = found.file.totals
    assert (totals.receipts, totals.outpatient, totals.inpatient, totals.points) == (1, 1, 0, 450)
    assert totals.records["SI"] == 4


def test_a_receipt_holds_who_pays_what_was_done_and_when(put: Put) -> None:
    (receipt,) = read(put()).receipts
    assert (receipt.number, receipt.kind, receipt.month, receipt.born) == (
        1,
        "1122",
        "2025-04",
        date(1980, 1, 2),
    )
    assert (receipt.chart, receipt.departments, receipt.notes) == ("12345", ("01", "08"), ("26", "17"))
    assert receipt.insurers == [
        Insurer(3, True, "999901", "９１２", "３４５６７", "01", 2, 450),
        Insurer(4, False, "99990001", "", "9999999", "", 2, 450),
    ]
    assert receipt.visits == (2, 4)
    assert receipt.diseases == [Disease(7, "9999001", date(2025, 4, 2), "1", ("1001", "2002"), True)]
    assert receipt.items[1] == Item(9, "SI", "11", "2", "111703470", "", 301, 1, ((2, 1),))
    assert receipt.points == 450


def test_the_sum_of_units_holds_where_only_the_last_line_of_a_unit_has_points(put: Put) -> None:
    found = read(put())
    assert [item.points for item in found.receipts[0].items] == [None, 301, 76, 73]
    assert found.faults == []


@pytest.mark.parametrize(("kind", "inpatient"), [("1110", False), ("1119", True), ("1318", False)])
def test_the_last_digit_of_the_kind_tells_inpatients(kind: str, inpatient: bool) -> None:
    assert Receipt(1, 1, kind, "2025-04", "1", None, "").inpatient is inpatient


def test_a_quote_and_a_foreign_byte_are_errors_with_their_lines_and_the_rest_is_read(put: Put) -> None:
    lines = as_bytes([*LINES[:11], 'CO,99,2,810000001,"見本"', LINES[11], LINES[12]])
    found = read(put(lines.replace("見本の文章".encode("cp932"), "見本".encode("cp932") + b"\x82")))
    assert found.codes == [(12, "quote"), (13, "bad-byte")]
    assert all(fault.severity == "error" for fault in found.faults)
    assert len(found.receipts[0].items) == 4


def test_a_character_outside_jis_is_told_with_its_line(put: Put) -> None:
    (fault,) = read(put(changed(11, "CO,99,2,810000001,髙橋﨑"))).faults
    assert (fault.line, fault.severity, fault.code) == (12, "warning", "extension-char")
    assert "「髙﨑」" in fault.message


def test_characters_that_only_the_jis_of_1990_has_are_told(put: Put) -> None:
    assert read(put(changed(11, "CO,99,2,810000001,凜"))).codes == [(12, "extension-char")]


def test_days_that_do_not_add_up_and_a_wrong_count_are_two_errors(put: Put) -> None:
    lines = changed(9, "SI,12,2,112007410,,76,1,,,,,,,,,,2")
    lines[12] = "GO,2,450,99"
    assert read(put(lines)).codes == [(10, "day-sum"), (13, "go-count")]


def test_eras_are_read_as_western_days(put: Put) -> None:
    lines = list(LINES)
    lines[0] = lines[0].replace("202505", "50705")
    lines[1] = lines[1].replace("202504", "50704").replace("19800102", "3550102")
    lines[6] = "SY,9999001,5070402,1,,,01"
    found = read(put(lines))
    assert found.faults == []
    assert found.file.header is not None
    assert found.file.header.month == "2025-05"
    (receipt,) = found.receipts
    assert (receipt.month, receipt.born, receipt.diseases[0].start) == (
        "2025-04", date(1980, 1, 2), date(2025, 4, 2),
    )  # fmt: skip


def test_the_group_is_carried_on_and_starts_anew_in_each_receipt(put: Put) -> None:
    second = [LINES[1].replace("RE,1", "RE,2"), *LINES[2:7], "SI,,2,112007410,,450,1,,,,,,,,1"]
    found = read(put([*LINES[:12], *second, "GO,2,900,99"]))
    assert [item.group for item in found.receipts[0].items] == ["11", "11", "12", "13"]
    assert found.codes == [(19, "no-group")]


def test_more_than_98_records_without_their_group_are_told_once(put: Put) -> None:
    acts = [
        "SI,12,2,112007410,,,1,,,,,,,,1",
        *["SI,,2,112007410,,,1,,,,,,,,1"] * 99,
        "SI,,2,112007410,,450,1,,,,,,,,1",
    ]
    found = read(put([*LINES[:7], *acts, LINES[12]]))
    assert found.codes == [(7 + 1 + 99, "group-too-long")]


@pytest.mark.parametrize(
    ("place", "line", "code"),
    [
        (1, LINES[1].replace("202504", "202506"), "month-after-claim"),
        (1, LINES[1].replace("19800102", "20250501"), "born-after-service"),
        (1, LINES[1].replace("RE,1,", "RE,3,"), "receipt-number"),
        (1, LINES[1].replace("1122", "1112"), "receipt-kind"),
        (2, "HO,999901,９１２,３４５６７,2,450", "insurer-width"),
        (2, "HO,  999901,９１２,３４５６７,2,451", "points-sum"),
        (5, "JD,1" + "," * 31 + "1", "day-of-month"),
        (6, "SY,9999001,20250502,1,,,01", "disease-after-service"),
        (6, "SY,9999001,20250231,1,,,01", "type"),
        (6, "SY,,20250402,1,,,01", "required"),
        (6, "MF,00", "no-disease"),
        (8, "SI,,2,11170347,,301,1,,,,,,,,1", "width"),
        (8, "SI,,2,111703470,,x,1,,,,,,,,1", "type"),
        (9, "SI,12,2,112007410,,76,1,,,,,,," + "," * 30 + "1", "day-of-month"),
        (11, "ZZ,1", "unknown-record"),
        (11, "", "blank-line"),
        (11, "CO,99,2,810000001,見本,余分", "too-many-fields"),
        (11, "HO,  999901,,,2,450", "record-order"),
        (12, "GO,1,451,99", "go-points"),
        (12, "GO,1,450,00", "volume"),
    ],
)
def test_each_fault_is_told_with_its_line_and_code(put: Put, place: int, line: str, code: str) -> None:
    found = read(put(changed(place, line)))
    assert code in [told for _, told in found.codes]
    lines = {at for at, told in found.codes if told == code}
    assert lines == {2} if code == "no-disease" else lines == {place + 1}
    assert len(found.receipts) == 1


def test_no_value_of_a_patient_is_told_in_a_fault(put: Put) -> None:
    lines = changed(
        1,
        LINES[1]
        .replace("見本　花子", "見本　" + "花" * 30)
        .replace("12345", "秘" * 20)
        .replace("ミホン", "ミ" * 60),
    )
    lines[2] = "HO,  9999x1,９１２,３４５６７,2,450"
    told = " ".join(fault.message for fault in read(put(lines)).faults)
    assert "カタカナ氏名" in told
    assert "カルテ番号" in told
    for secret in ("花", "秘", "ミ", "9999x1"):
        assert secret not in told


def test_records_before_the_first_receipt_and_after_the_end_are_told(put: Put) -> None:
    found = read(put([LINES[0], LINES[2], *LINES[1:], "CO,99,2,810000001,見本"]))
    assert found.codes == [(2, "outside-receipt"), (15, "after-trailer")]


def test_lone_line_feeds_a_missing_eof_and_a_cut_end_are_told(put: Put) -> None:
    whole = as_bytes(LINES)
    assert read(put(whole[:-1])).codes == [(14, "no-eof")]
    assert read(put(whole.replace(b"\r\n", b"\n", 1))).codes == [(1, "line-end")]
    assert (12, "cut-off") in read(put(whole[: whole.index(b"GO,") - 6])).codes
    assert read(put(whole + b"\x00\x00")).codes == [(14, "after-eof")]


def test_a_file_whose_first_record_is_broken_is_read_all_the_same(put: Put) -> None:
    found = read(put(changed(0, "XR,1,13,1,9900010")))
    assert found.file.header is None
    assert found.codes == [(1, "no-header"), (1, "unknown-record")]
    assert len(found.receipts) == 1


def test_where_a_line_could_not_be_read_the_sum_is_not_judged(put: Put) -> None:
    assert read(put(changed(9, "XI,12,2,112007410,,76,1,,,,,,,,,,1"))).codes == [(10, "unknown-record")]


def test_of_each_code_the_first_are_kept_and_the_rest_is_counted(put: Put) -> None:
    found = read(put([*LINES[:11], *["ZZ,1"] * 500, *LINES[11:]]))
    assert len(found.faults) == KEPT
    assert found.file.fault_counts == {"unknown-record": 500}
    assert found.file.errors == 500


def test_a_receipt_of_public_funds_alone_counts_the_points_of_the_fund(put: Put) -> None:
    lines = [LINES[0], LINES[1].replace("1122", "1212"), *LINES[3:]]
    lines = [line.replace("SN,1,", "SN,2,").replace("JD,1,", "JD,2,") for line in lines]
    lines = [line if line[:2] not in ("SI", "CO") else line.replace(",2,1", ",5,1", 1) for line in lines]
    found = read(put(lines))
    assert found.faults == []
    assert found.file.totals.points == 450
    assert found.receipts[0].insurers[0].branch == "01"


def test_meals_may_stand_inside_or_outside_the_points(put: Put) -> None:
    meal = "SI,97,2,197999910,,640,3,,,,,,,1,1,1"
    assert read(put([*LINES[:11], meal, *LINES[11:]])).faults == []


def test_volumes_run_on_from_one_file_to_the_next(put: Put) -> None:
    second = [
        LINES[0].replace(",00,00-", ",01,00-"),
        LINES[1].replace("RE,1", "RE,2"),
        *LINES[2:12],
        "GO,2,900,99",
    ]
    first = read(put(LINES[:12], "RECEIPTC-00.UKE"), last=False)
    found = read(put(second, "RECEIPTC-01.UKE"), after=first.file)
    assert (first.faults, found.faults) == ([], [])
    assert (found.file.totals.receipts, found.file.totals.points) == (2, 900)
    alone = read(put(second, "RECEIPTC-01.UKE"))
    assert [code for _, code in alone.codes] == ["volume", "receipt-number", "go-count", "go-points"]
    assert "巻00から、すべての巻" in alone.faults[0].message


def test_volumes_in_one_file_are_read_as_one(put: Put) -> None:
    second = [
        LINES[0].replace(",00,00-", ",01,00-"),
        LINES[1].replace("RE,1", "RE,2"),
        *LINES[2:12],
        "GO,2,900,99",
    ]
    assert read(put([*LINES[:12], *second])).faults == []
    other = [line.replace("9900010", "9900099") if line.startswith("IR") else line for line in second]
    assert read(put([*LINES[:12], *other])).codes == [(13, "second-header")]


def test_a_volume_of_another_month_does_not_follow(put: Put) -> None:
    first = read(put(LINES[:12], "a.UKE"), last=False)
    second = [LINES[0].replace("202505,00", "202506,01"), *LINES[1:]]
    assert (1, "volume") in read(put(second, "b.UKE"), after=first.file).codes


def test_a_file_without_its_end_says_that_volumes_may_be_missing(put: Put) -> None:
    (fault,) = read(put(LINES[:12])).faults
    assert fault.code == "no-trailer"
    assert "巻" in fault.message


@pytest.mark.parametrize(
    ("lines", "kind", "unchecked"),
    [
        (DENTAL, "dental", ["HS", "SS"]),
        (PHARMACY, "dispensing", ["SH", "CZ", "KI"]),
        (DPC, "dpc", ["BU", "SB", "HH", "SI"]),
    ],
)
def test_other_kinds_are_told_apart_and_what_is_not_known_is_named_and_not_checked(
    put: Put, lines: tuple[str, ...], kind: str, unchecked: list[str]
) -> None:
    found = read(put(lines))
    header = found.file.header
    assert header is not None
    assert (header.kind, header.month, header.number, header.volume) == (kind, "2025-05", "9900010", "00")
    assert "見本" in header.name
    assert [(fault.severity, fault.code) for fault in found.faults] == [("note", "unchecked-record")] * len(
        unchecked
    )
    assert [fault.message[:2] for fault in found.faults] == unchecked
    (receipt,) = found.receipts
    assert (receipt.month, receipt.sex, receipt.born) == ("2025-04", "2", date(1980, 1, 2))
    assert (receipt.points, found.file.totals.points) == (
        receipt.insurers[0].points,
        receipt.insurers[0].points,
    )
    assert read(put([*lines[:-1], lines[-1].replace("GO,1", "GO,2")])).file.fault_counts["go-count"] == 1


def test_a_pharmacy_has_its_drugs(put: Put) -> None:
    (receipt,) = read(put(PHARMACY)).receipts
    assert receipt.items == [Item(6, "IY", "", "1", "620999901", "2.5", None, None, ())]


def test_parts_of_a_dpc_receipt_with_one_number_count_once(put: Put) -> None:
    found = read(put([*DPC[:3], *DPC[1:7], "GO,1,9000,99"]))
    assert len(found.receipts) == 2
    assert found.file.totals.numbers == 1
    assert found.file.totals.points is None
    assert found.file.errors == 0


def test_the_receipts_can_be_read_once(put: Put) -> None:
    found = read(put())
    with pytest.raises(ValueError, match="once"):
        list(found.file.receipts())


def test_long_lines_are_skipped_and_the_rest_is_read(put: Put, tmp_path: Path) -> None:
    for size in (40_000, 700_000):
        long = "CO,99,2,810000001," + "x" * size
        found = read(put([*LINES[:11], long, *LINES[11:]]))
        assert found.codes[0] == (12, "line-too-long")
        assert found.file.errors == 1
        assert found.file.trailer is not None
        assert found.file.trailer.line == 14
