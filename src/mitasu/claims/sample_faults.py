"""Faults planted in sample claim files on request, each once, in the first receipt that suits it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from mitasu.claims.sample_codes import CODES, SampleCode
from mitasu.dates import shift_month
from mitasu.errors import UsageError
from mitasu.text import nearest

Records = list[list[str]]

FAULTS: dict[str, str] = {
    "day-sum": "回数と日ごとの回数の合計が違う",
    "points-sum": "合計点数と内訳が違う",
    "go-count": "総件数がレセプトの数と違う",
    "go-points": "総合計点数がレセプトの点数の和と違う",
    "receipt-number": "レセプト番号が飛んでいる",
    "record-order": "記録の順が違う",
    "unknown-record": "知らない記録がある",
    "month-after-claim": "診療月が請求月より後",
    "born-after-service": "生年月日が診療月より後",
    "quote": "引用符がある",
    "bad-byte": "文字として読めないバイトがある",
    "extension-char": "機種依存文字がある",
    "line-end": "改行がLFだけの行がある",
    "no-eof": "最後のEOFがない",
    "cut-off": "最後の行が途中で切れている",
    "duplicate-addition": "月に1回の加算を2回算定した",
    "ended-code": "廃止されたコードで算定した",
    "level-too-high": "判定より高い区分で算定した",
    "without-right": "算定できない加算を算定した",
}
"""What may be planted, and what it is."""
IN_BYTES = frozenset(("line-end", "no-eof", "cut-off"))
COMMENT = "810000001"


class Planter:
    """Plants each fault asked for once, and says at the end which found no place."""

    def __init__(self, wanted: Collection[str], month: str) -> None:
        for name in wanted:
            if name not in FAULTS:
                near = nearest(name, FAULTS)
                told = f"近いもの: {near}" if near else f"書けるもの: {'、'.join(FAULTS)}"
                raise UsageError(f"「{name}」という誤りは植えられません。{told}")
        self._open = [name for name in dict.fromkeys(wanted) if name not in IN_BYTES]
        self._month = month

    def _take(self, name: str) -> bool:
        if name in self._open:
            self._open.remove(name)
            return True
        return False

    def first_visits(
        self, days: list[int], possible: Sequence[int], allowed: Sequence[SampleCode]
    ) -> list[int]:
        """The days of first visits: two where the addition is to be charged twice."""
        if days and allowed and "duplicate-addition" in self._open:
            other = next(day for day in possible if day > days[0] + 7 or day < days[0])
            return sorted((days[0], other))
        return days

    def additions(
        self,
        claimed: Sequence[SampleCode],
        allowed: Sequence[SampleCode],
        where: str,
        levels: Mapping[str, str],
    ) -> list[SampleCode]:
        """The additions of a visit, with those that must not be there."""
        if where == "first_visit":
            if allowed and self._take("duplicate-addition"):
                return list(allowed)
            found = self._first_of(where, levels)
            if found is not None:
                name, code = found
                self._open.remove(name)
                return [*[one for one in claimed if one.addition != code.addition], code]
        return list(claimed)

    def _first_of(self, where: str, levels: Mapping[str, str]) -> tuple[str, SampleCode] | None:
        for name in ("ended-code", "level-too-high", "without-right"):
            if name in self._open:
                for code in CODES:
                    if code.where == where and code.addition and self._is(name, code, levels):
                        return name, code
        return None

    def _is(self, name: str, code: SampleCode, levels: Mapping[str, str]) -> bool:
        if name == "ended-code":
            alive = {one.code for one in CODES if one.until >= self._month}
            return code.until < self._month and code.code not in alive
        if not code.from_ <= self._month <= code.until:
            return False
        held = levels.get(code.addition)
        if name == "without-right":
            return held is None
        return held is not None and held.isdigit() and code.level.isdigit() and code.level < held

    def receipt(self, records: Records, number: int) -> Records:
        """The records of a receipt with the faults that suit it."""
        if number > 1:  # the first receipt of a sample is always right
            for name in tuple(self._open):
                edit = _EDITS.get(name)
                changed = None if edit is None else edit([list(one) for one in records], self._month)
                if changed is not None:
                    self._open.remove(name)
                    return changed
        return records

    def end(self, trailer: list[str]) -> Records:
        """The last record; UsageError where a fault found no place."""
        if self._take("go-count"):
            trailer = [trailer[0], str(int(trailer[1]) + 1), *trailer[2:]]
        if self._take("go-points"):
            trailer = [*trailer[:2], str(int(trailer[2]) + 10), *trailer[3:]]
        if self._open:
            told = "、".join(f"{name}（{FAULTS[name]}）" for name in self._open)
            raise UsageError(
                f"この見本には植える場所がありません: {told}。レセプトの数（--receipts）を増やすか、月を変えてください。"
            )
        return [trailer]


def _day_sum(records: Records, _: str) -> Records | None:
    for one in records:
        if one[0] == "SI" and len(one) > 13 and one[-1] == "1":
            one[-1] = "2"
            return records
    return None


def _points_sum(records: Records, _: str) -> Records | None:
    for one in records:
        if one[0] == "SI" and len(one) > 5 and one[5]:
            one[5] = str(int(one[5]) + 10)
            return records
    return None


def _number(records: Records, _: str) -> Records:
    records[0][1] = str(int(records[0][1]) + 1)
    return records


def _order(records: Records, _: str) -> Records:
    disease = next(one for one in records if one[0] == "SY")
    records.remove(disease)
    return [records[0], disease, *records[1:]]


def _unknown(records: Records, _: str) -> Records:
    return [*records, ["ZZ", "1"]]


def _month_after(records: Records, month: str) -> Records:
    records[0][3] = shift_month(month, 2).replace("-", "")
    return records


def _born_after(records: Records, month: str) -> Records:
    records[0][6] = shift_month(month, 1).replace("-", "") + "01"
    return records


def _comment(text: str) -> Callable[[Records, str], Records]:
    def edit(records: Records, _: str) -> Records:
        return [*records, ["CO", "99", "1", COMMENT, text]]

    return edit


_EDITS: dict[str, Callable[[Records, str], Records | None]] = {
    "day-sum": _day_sum,
    "points-sum": _points_sum,
    "receipt-number": _number,
    "record-order": _order,
    "unknown-record": _unknown,
    "month-after-claim": _month_after,
    "born-after-service": _born_after,
    "quote": _comment('"見本"'),
    "bad-byte": _comment("見本\udc82"),
    "extension-char": _comment("見本髙"),
}
