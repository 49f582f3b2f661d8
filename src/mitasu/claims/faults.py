"""What is wrong in a claim file: every kind of fault has a stable code and a severity; memory stays bounded.

Of each code the first hundred are kept with their lines, the rest is counted. An *error* is what the reviewing body
would return or what makes a sum wrong; a *warning* breaks the specification without changing what is claimed;
a *note* says what was not checked.
"""

from __future__ import annotations

from collections import Counter

from mitasu.claims.receipt import Fault, Severity

KEPT = 100

CODES: dict[str, tuple[Severity, str]] = {
    "bad-byte": ("error", "文字として読めないバイト"),
    "extension-char": ("warning", "JIS X 0208にない文字（機種依存文字・外字）"),
    "control-char": ("error", "制御文字"),
    "quote": ("error", '引用符（"）'),
    "line-end": ("warning", "改行がCRLFでない"),
    "line-too-long": ("error", "長すぎる行"),
    "blank-line": ("warning", "空の行"),
    "cut-off": ("error", "途中で切れた最後の行"),
    "no-eof": ("warning", "最後のEOF（0x1A）がない"),
    "after-eof": ("warning", "EOF（0x1A）の後の内容"),
    "unknown-record": ("error", "知らない記録"),
    "unchecked-record": ("note", "項目を点検していない記録"),
    "no-header": ("error", "最初の記録が読めない"),
    "second-header": ("error", "途中に現れた医療機関情報"),
    "volume": ("error", "巻の番号が続かない"),
    "no-trailer": ("error", "診療報酬請求書（GO）がない"),
    "after-trailer": ("error", "GOの後の記録"),
    "outside-receipt": ("error", "REより前の記録"),
    "record-order": ("error", "記録の順"),
    "too-many-fields": ("error", "項目が多すぎる"),
    "required": ("error", "必須の項目が空"),
    "type": ("error", "項目の書き方"),
    "width": ("error", "項目の長さ"),
    "insurer-width": ("warning", "保険者番号が8桁に満たない"),
    "no-group": ("error", "診療識別がない"),
    "group-too-long": ("error", "診療識別を略した記録が98を超えた"),
    "no-payer": ("error", "保険者も公費もない"),
    "too-many-funds": ("error", "公費が4件を超えた"),
    "no-disease": ("error", "傷病名がない"),
    "no-item": ("error", "診療の記録がない"),
    "receipt-number": ("error", "レセプト番号の順"),
    "receipt-kind": ("warning", "レセプト種別と内容の違い"),
    "day-sum": ("error", "回数と日ごとの回数の合計の違い"),
    "day-of-month": ("error", "その月にない日"),
    "points-sum": ("error", "合計点数と内訳の違い"),
    "go-count": ("error", "総件数とレセプトの数の違い"),
    "go-points": ("error", "総合計点数とレセプトの点数の違い"),
    "month-after-claim": ("error", "請求月より後の診療月"),
    "born-after-service": ("error", "診療月より後の生年月日"),
    "disease-after-service": ("error", "診療月より後の傷病の開始日"),
    "admitted-after-service": ("error", "診療月より後の入院日"),
}


class Faults:
    """Faults as they are found; `counts` by code."""

    def __init__(self, kept: int = KEPT) -> None:
        self.counts: Counter[str] = Counter()
        self.total = 0
        self._kept = kept
        self._found: list[Fault] = []

    def add(self, line: int, code: str, message: str) -> None:
        """Count a fault, and keep it where there is room."""
        self.counts[code] += 1
        self.total += 1
        if self.counts[code] <= self._kept:
            self._found.append(Fault(line, CODES[code][0], code, message))

    @property
    def found(self) -> list[Fault]:
        """The faults kept, by line."""
        return sorted(self._found, key=lambda fault: fault.line)

    def of(self, severity: Severity) -> int:
        """How many faults of a severity there are, kept or not."""
        return sum(count for code, count in self.counts.items() if CODES[code][0] == severity)
