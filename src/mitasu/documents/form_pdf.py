"""The filing form as PDF/UA: the same items in the same order, red where proof is missing, page n/m below."""

from __future__ import annotations

from html import escape

from mitasu.dates import japanese_date
from mitasu.documents.forms import NOT_ENTERED, FilingForm, Item
from mitasu.documents.pdf import pdf_of

STYLES = """
@page { @bottom-left { content: "FOOTER"; font: 7.5pt "FONT"; color: #444; width: 82%; } }
.to { margin: 0 0 3mm; }
.red { color: #a90000; font-weight: 700; }
.number { color: #333; margin: 0 0 3mm; }
.head th { width: 32mm; background: #eee; }
.items { font-size: 9pt; table-layout: fixed; }
.items th:nth-child(1), .items td:nth-child(1) { width: 9mm; }
.items th:nth-child(2) { width: 29mm; }
.items th:nth-child(3) { width: 48mm; }
.items th:nth-child(4) { width: 54mm; }
.items ul { margin: 0; padding-left: 4mm; }
"""


def form_pdf(form: FilingForm) -> bytes:
    """The form as the bytes of a PDF; UsageError where this machine has no Japanese font."""
    footer = form.footer.replace("\\", "").replace('"', "”").replace("\n", " ")
    title = f"{form.named}の施設基準に係る届出"
    return pdf_of("".join(_parts(form, title)), title=title, styles=STYLES.replace("FOOTER", footer))


def _parts(form: FilingForm, title: str) -> list[str]:
    filed_on = japanese_date(form.filed_on) if form.filed_on else "令和　　年　　月　　日"
    rows = [*form.head, ("届出事項", form.named), ("算定", form.pays or "－"), ("届出の日", filed_on)]
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="number">{escape(form.number)}</p>',
        f'<p class="to">{escape(form.to)}長　殿</p>' if form.to else '<p class="red">届出先：未記入</p>',
        '<table class="head"><caption>届け出る医療機関と事項</caption><tbody>',
        *(
            f'<tr><th scope="row">{escape(label)}</th><td>{_entered(value)}</td></tr>'
            for label, value in rows
        ),
        "</tbody></table>",
    ]
    if form.red:
        parts.append(
            f'<p class="red">証拠のない事項が{len(form.red)}件あります。送る前に証拠をそろえてください。</p>'
        )
    parts += [
        '<h2>届出の事項</h2><table class="items"><caption>施設基準ごとの状況と証拠</caption><thead><tr>'
        + "".join(
            f'<th scope="col">{text}</th>' for text in ("番号", "事項", "求められること", "書くこと", "証拠")
        )
        + "</tr></thead><tbody>",
        *(_row(number, item) for number, item in enumerate(form.items, 1)),
        "</tbody></table>",
    ]
    if form.staff is not None:
        parts += _staff(form)
    parts += [
        "<h2>添付書類</h2>",
        _list(form.attachments or ("様式のほかの添付書類は未確認",)),
    ]
    if form.remarks:
        parts += ["<h2>届け出るときの注意</h2>", _list(form.remarks)]
    if form.others:
        parts += [
            "<h2>この区分では求められない事項</h2>",
            _list(tuple(f"{item.label}：{item.word}" for item in form.others)),
        ]
    return parts


def _row(number: int, item: Item) -> str:
    stated = "".join(f"<li>{escape(line)}</li>" for line in item.stated)
    proof = f'<span class="red">{escape(item.proof)}</span>' if item.red else escape(item.proof)
    return (
        f'<tr><td>{number}</td><th scope="row">{escape(item.label)}</th><td>{escape(item.text)}</td>'
        f"<td>【{escape(item.word)}】<ul>{stated}</ul></td><td>{proof}</td></tr>"
    )


def _staff(form: FilingForm) -> list[str]:
    parts = [
        '<h2>職員</h2><table><caption>この加算で数える職員</caption><thead><tr><th scope="col">役割</th>',
        '<th scope="col">雇用の形</th><th scope="col">専従・専任</th><th scope="col">いつから</th></tr></thead><tbody>',
    ]
    for person in form.staff or ():
        start = japanese_date(person.from_) if person.from_ else ""
        cells = "".join(
            f"<td>{_entered(text)}</td>" for text in (person.employment, person.assignment, start)
        )
        parts.append(f'<tr><th scope="row">{escape(person.role)}</th>{cells}</tr>')
    return [*parts, "</tbody></table>"]


def _entered(text: str) -> str:
    return escape(text) if text else f'<span class="red">{NOT_ENTERED}</span>'


def _list(texts: tuple[str, ...]) -> str:
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"
