"""The card-use rate (マイナ保険証利用率) that may be used on a day."""

from __future__ import annotations

from mitasu.dates import japanese_month, month_of, shift_month
from mitasu.facts.view import Found, View
from mitasu.rules.quantities import ONE_PERCENT, percent_text


def best_card_use_rate(view: View, *, basis: str, corrected_until: str = "") -> Found:
    """The best rate that may be used on the day, as percent (millionths), with its month.

    Receipts: months M-3, M-4, M-5 of the claim month M; `either`: also the checks series for M-2, M-3,
    M-4; `corrected`: plus 在宅医療DX情報活用加算 claims over outpatient receipts for rate months up to
    `corrected_until` (疑義解釈 その24 問1). A notified rate is usable from the month after the notice.
    Months without a value are left out; none at all is unknown.
    """
    month = month_of(view.on)
    candidates: list[tuple[int, str, str]] = []
    for back in (3, 4, 5):
        rate_month = shift_month(month, -back)
        rate = view.series("card_use_rate_receipts", rate_month)
        notified = view.series("card_use_rate_notified_on", rate_month)
        if rate is None or (notified is not None and month_of(notified) >= month):
            continue
        extra = (
            _home_care_share(view, rate_month)
            if basis == "corrected" and rate_month <= corrected_until
            else 0
        )
        candidates.append(
            (rate + extra, rate_month, "レセプト件数ベース" + ("、在宅分の補正後" if extra else ""))
        )
    for back in (2, 3, 4) if basis == "either" else ():
        rate_month = shift_month(month, -back)
        rate = view.series("card_use_rate_checks", rate_month)
        if rate is not None:
            candidates.append((rate, rate_month, "資格確認件数ベース"))
    window = f"{japanese_month(shift_month(month, -5))}から{japanese_month(shift_month(month, -3))}"
    if not candidates:
        return Found(None, f"{window}の利用率がありません", ("card_use_rate_receipts",))
    rate, rate_month, base = max(candidates, key=lambda found: found[0])
    return Found(
        rate, f"{japanese_month(rate_month)}の{percent_text(rate)}（{base}）", ("card_use_rate_receipts",)
    )


def _home_care_share(view: View, month: str) -> int:
    claims, receipts = view.series("home_care_dx_claims", month), view.series("outpatient_receipts", month)
    return 0 if not claims or not receipts else 100 * ONE_PERCENT * int(claims) // int(receipts)


FUNCTIONS = (best_card_use_rate,)
