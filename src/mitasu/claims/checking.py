"""What must hold in a claim file beyond single fields: sums, counts, and days that fit their month.

Where a line of a receipt could not be read, its sums are not judged: unknown is never wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mitasu.claims.burdens import charged
from mitasu.claims.faults import Faults
from mitasu.claims.receipt import Header, Receipt, Trailer
from mitasu.claims.tables import Table
from mitasu.dates import japanese_month, last_day


@dataclass(slots=True)
class Totals:
    """What a claim file adds up to as it is read. `numbers`: receipts as GO counts them; `points` None: not all known."""

    receipts: int = 0
    numbers: int = 0
    inpatient: int = 0
    outpatient: int = 0
    points: int | None = 0
    items: int = 0
    months: dict[str, int] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)
    last_number: int | None = 0
    parts: bool = False  # a number that stands more than once (DPC: 総括 and its parts)


@dataclass(slots=True)
class Sums:
    """Points of the units of one receipt by burden code, meals (診療識別 97) apart; `whole`: every line was read."""

    units: dict[str, int] = field(default_factory=dict)
    meals: dict[str, int] = field(default_factory=dict)
    whole: bool = True


def check_receipt(receipt: Receipt, sums: Sums, table: Table, header: Header | None, faults: Faults) -> None:
    """Check one receipt that has been read to its end."""
    line, funds = receipt.line, [one for one in receipt.insurers if not one.main]
    if not receipt.insurers:
        faults.add(line, "no-payer", f"レセプト{_number(receipt)}に、保険者（HO）も公費（KO）もありません。")
    if len(funds) > 4:
        faults.add(funds[4].line, "too-many-funds", f"公費（KO）が{len(funds)}件あります。4件までです。")
    if table.kind == "medical" and sums.whole:
        if not receipt.diseases:
            faults.add(line, "no-disease", f"レセプト{_number(receipt)}に、傷病名（SY）がありません。")
        if not receipt.items:
            faults.add(
                line, "no-item", f"レセプト{_number(receipt)}に、診療の記録（SI・IY・TO）がありません。"
            )
        _check_points(receipt, sums, faults)
    _check_kind(receipt, table, len(funds), faults)
    _check_days(receipt, header, faults)


def _number(receipt: Receipt) -> str:
    return "（番号なし）" if receipt.number is None else str(receipt.number)


def _check_points(receipt: Receipt, sums: Sums, faults: Faults) -> None:
    if not receipt.insurers:
        return
    main = next((one for one in receipt.insurers if one.main), None)
    payer, place = (receipt.insurers[0], 1) if main is None else (main, 0)
    units, meals = charged(sums.units, place), charged(sums.meals, place)
    if payer.points is None or units is None or meals is None or payer.points in (units, units + meals):
        return
    who = "HO" if payer.main else "KO"
    faults.add(
        payer.line,
        "points-sum",
        f"レセプト{_number(receipt)}の{who}の合計点数は{payer.points:,}点ですが、内訳（点数×回数）の合計は{units:,}点です。",
    )


def _check_kind(receipt: Receipt, table: Table, funds: int, faults: Faults) -> None:
    """レセプト種別: 1st digit 1 in 医科, 3rd the number of payers, 2nd 2 where public funds pay alone."""
    kind = receipt.kind
    if table.kind not in ("medical", "dpc") or len(kind) != 4 or not receipt.insurers:
        return
    payers = funds + any(one.main for one in receipt.insurers)
    if kind[0] == "1" and kind[2].isdigit() and int(kind[2]) != payers and payers <= 5:
        faults.add(
            receipt.line,
            "receipt-kind",
            f"レセプト種別「{kind}」の3桁目は負担者が{kind[2]}者ですが、HO・KOの記録は{payers}件です。",
        )


def _check_days(receipt: Receipt, header: Header | None, faults: Faults) -> None:
    if not receipt.month:
        return
    if header is not None and header.month and receipt.month > header.month:
        faults.add(
            receipt.line,
            "month-after-claim",
            f"診療年月（{japanese_month(receipt.month)}）が請求年月（{japanese_month(header.month)}）より後です。",
        )
    end = last_day(receipt.month)
    if receipt.born is not None and receipt.born > end:
        faults.add(receipt.line, "born-after-service", "生年月日が診療月より後です。")
    if receipt.admitted is not None and receipt.admitted > end:
        faults.add(
            receipt.line, "admitted-after-service", f"入院年月日（{receipt.admitted}）が診療月より後です。"
        )
    for disease in receipt.diseases:
        if disease.start is not None and disease.start > end:
            faults.add(
                disease.line, "disease-after-service", f"診療開始日（{disease.start}）が診療月より後です。"
            )


def count(receipt: Receipt, totals: Totals, table: Table, faults: Faults) -> None:
    """Add a receipt to the totals, and check that its number follows the one before."""
    again = table.kind == "dpc" and receipt.number is not None and receipt.number == totals.last_number
    totals.receipts += 1
    totals.parts |= again
    if receipt.inpatient:
        totals.inpatient += 1
    else:
        totals.outpatient += 1
    totals.items += len(receipt.items)
    totals.months[receipt.month] = totals.months.get(receipt.month, 0) + 1
    if not again:
        totals.numbers += 1
        expected = None if totals.last_number is None else totals.last_number + 1
        if receipt.number is not None and expected is not None and receipt.number != expected:
            faults.add(
                receipt.line,
                "receipt-number",
                f"レセプト番号が{receipt.number}です。前の番号からは{expected}のはずです。",
            )
    totals.last_number = receipt.number if receipt.number is not None else _next(totals.last_number)
    points = receipt.points
    totals.points = None if totals.points is None or points is None or again else totals.points + points


def _next(number: int | None) -> int | None:
    return None if number is None else number + 1


def check_trailer(trailer: Trailer, totals: Totals, faults: Faults) -> None:
    """Check GO against what was read."""
    if trailer.count is not None and trailer.count != totals.numbers:
        faults.add(
            trailer.line,
            "go-count",
            f"GOの総件数は{trailer.count:,}件ですが、レセプトは{totals.numbers:,}件です。",
        )
    if trailer.points is not None and totals.points is not None and trailer.points != totals.points:
        faults.add(
            trailer.line,
            "go-points",
            f"GOの総合計点数は{trailer.points:,}点ですが、レセプトの合計点数の和は{totals.points:,}点です。",
        )


def days_in(month: str) -> int:
    """The number of days of a month; 31 where the month is not known."""
    return last_day(month).day if month else 31
