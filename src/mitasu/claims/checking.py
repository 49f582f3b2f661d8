"""What must hold in a claim file beyond single fields: sums, counts, and days that fit their month.

Where a line of a receipt could not be read, its sums are not judged: unknown is never wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from mitasu.claims.burdens import charged
from mitasu.claims.faults import Faults
from mitasu.claims.receipt import Insurer, Receipt, Trailer
from mitasu.dates import japanese_month


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


@dataclass(slots=True)
class Sums:
    """Points of the units of one receipt by burden code, meals (診療識別 97) apart; `whole`: every line was read."""

    units: dict[str, int] = field(default_factory=dict)
    meals: dict[str, int] | None = None
    whole: bool = True


def check_receipt(
    receipt: Receipt, sums: Sums, medical: bool, end: date, claimed: str, faults: Faults
) -> None:
    """Check one receipt that has been read to its end: `end` the last day of its month, `claimed` the month of claim."""
    insurers, main, funds = receipt.insurers, None, 0
    for one in insurers:
        if not one.main:
            funds += 1
        elif main is None:
            main = one
    if not insurers:
        faults.add(
            receipt.line, "no-payer", f"レセプト{_number(receipt)}に、保険者（HO）も公費（KO）もありません。"
        )
    elif funds > 4:
        fifth = [one for one in insurers if not one.main][4]
        faults.add(fifth.line, "too-many-funds", f"公費（KO）が{funds}件あります。4件までです。")
    if medical:
        if sums.whole:
            if not receipt.diseases or not receipt.items:
                _tell_missing(receipt, faults)
            if insurers:
                _check_points(receipt, main, sums, faults)
        kind = receipt.kind
        payers = funds + (main is not None)
        if insurers and kind[:1] == "1" and payers <= 5 and kind[2:3] != _DIGITS[payers]:
            faults.add(
                receipt.line,
                "receipt-kind",
                f"レセプト種別「{kind}」の3桁目は負担者の数ですが、HO・KOの記録は{payers}件です。",
            )
    if receipt.month:
        _check_days(receipt, end, claimed, faults)


_DIGITS = "012345"


def _number(receipt: Receipt) -> str:
    return "（番号なし）" if receipt.number is None else str(receipt.number)


def _tell_missing(receipt: Receipt, faults: Faults) -> None:
    if not receipt.diseases:
        faults.add(receipt.line, "no-disease", f"レセプト{_number(receipt)}に、傷病名（SY）がありません。")
    if not receipt.items:
        faults.add(
            receipt.line, "no-item", f"レセプト{_number(receipt)}に、診療の記録（SI・IY・TO）がありません。"
        )


def _check_points(receipt: Receipt, main: Insurer | None, sums: Sums, faults: Faults) -> None:
    payer, place = (receipt.insurers[0], 1) if main is None else (main, 0)
    units = charged(sums.units, place)
    if payer.points is None or units is None or payer.points == units:
        return
    meals = charged(sums.meals, place) if sums.meals else 0
    if meals is None or payer.points == units + meals:
        return
    who = "HO" if payer.main else "KO"
    faults.add(
        payer.line,
        "points-sum",
        f"レセプト{_number(receipt)}の{who}の合計点数は{payer.points:,}点ですが、内訳（点数×回数）の合計は{units:,}点です。",
    )


def _check_days(receipt: Receipt, end: date, claimed: str, faults: Faults) -> None:
    if claimed and receipt.month > claimed:
        faults.add(
            receipt.line,
            "month-after-claim",
            f"診療年月（{japanese_month(receipt.month)}）が請求年月（{japanese_month(claimed)}）より後です。",
        )
    if receipt.born is not None and receipt.born > end:
        faults.add(receipt.line, "born-after-service", "生年月日が診療月より後です。")
    if receipt.admitted is not None and receipt.admitted > end:
        faults.add(
            receipt.line, "admitted-after-service", f"入院年月日（{receipt.admitted}）が診療月より後です。"
        )
    for disease in receipt.diseases:
        start = disease.start
        if start is not None and start > end:
            faults.add(disease.line, "disease-after-service", f"診療開始日（{start}）が診療月より後です。")


def count(receipt: Receipt, totals: Totals, parts: bool, faults: Faults) -> None:
    """Add a receipt to the totals, and check its number. `parts`: receipts of one number may follow each other."""
    totals.receipts += 1
    totals.items += len(receipt.items)
    if receipt.inpatient:
        totals.inpatient += 1
    else:
        totals.outpatient += 1
    month = receipt.month
    totals.months[month] = totals.months.get(month, 0) + 1
    number, before = receipt.number, totals.last_number
    totals.last_number = number if number is not None or before is None else before + 1
    if parts and number is not None and number == before:
        totals.points = None
        return
    totals.numbers += 1
    points = receipt.points
    totals.points = None if totals.points is None or points is None else totals.points + points
    if before is not None and number is not None and number != before + 1:
        faults.add(
            receipt.line,
            "receipt-number",
            f"レセプト番号が{number}です。前の番号からは{before + 1}のはずです。",
        )


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
