"""The cyber-security checklist of a fiscal year: answered by the hospital and by each vendor, signed by a person.

はい, いいえ and 対象外 carry the day on which that was looked at; いいえ asks for a day within the fiscal year by
which it will be so. What our own records say is put before people as a suggestion; nobody answers but a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from mitasu.dates import japanese_date
from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.continuity.models.plans import Answer, OwnChecklist, Sheet, Signature
from mitasu.server.continuity.plans import contacts, drills, managers, plan, trainings
from mitasu.server.continuity.plans.items import Checklist, Item, Part, read_checklist, shipped
from mitasu.server.continuity.plans.papers import paper_pdf, stored
from mitasu.server.continuity.plans.proofs import paper, record, requirements_for
from mitasu.server.ledger.append import Draft
from mitasu.server.ledger.fold import Known, known
from mitasu.server.ledger.models import Kind, canonical
from mitasu.text import nearest

VALUES = {"yes": "はい", "no": "いいえ", "na": "対象外"}
GUIDELINE = "security_guideline"
HOSPITAL = ""
MOST_VENDORS = 50


def year_of(day: date) -> int:
    """The fiscal year of a day.

    >>> year_of(date(2026, 3, 31)), year_of(date(2026, 4, 1))
    (2025, 2026)
    """
    return day.year - (day.month < 4)


def days_of(year: int) -> tuple[date, date]:
    """The first and last day of a fiscal year."""
    return date(year, 4, 1), date(year + 1, 3, 31)


def year_text(year: int) -> str:
    """A fiscal year in words.

    >>> year_text(2025)
    '令和7年度'
    """
    return f"令和{year - 2018}年度"


# ---- the items of a year ---------------------------------------------------------------------------------


def years_of(site: Site) -> dict[int, Checklist]:
    """The years for which a site has items: the shipped ones, and its own in their place."""
    own = {
        row.year: read_checklist(row.text.encode(), f"{row.year}.yaml")
        for row in OwnChecklist.objects.filter(site=site)
    }
    return dict(sorted({**shipped(), **own}.items(), reverse=True))


def checklist_of(site: Site, year: int) -> Checklist:
    """The items of a year; UsageError saying how to load them where there are none."""
    years = years_of(site)
    if year not in years:
        there = "、".join(year_text(one) for one in years)
        raise UsageError(
            f"{year_text(year)}の点検項目は入っていません（あるのは{there}）。公表された項目をファイルにして読み込んでください。"
        )
    return years[year]


def load(site: Site, content: bytes, name: str, *, by: Any) -> Checklist:
    """A site's own items of a year, in the place of those it had; refused while answers to other items exist."""
    found = read_checklist(content, name)
    with transaction.atomic():
        signed = Signature.objects.filter(sheet__site=site, sheet__year=found.year)
        if signed.exclude(sheet__definition=found.digest).exists():
            raise UsageError(
                f"{year_text(found.year)}には署名した点検表があるので、項目を入れ替えられません。"
            )
        OwnChecklist.objects.update_or_create(
            site=site,
            year=found.year,
            defaults={
                "text": content.decode("utf-8-sig"),
                "digest": found.digest,
                "loaded_name": str(by or "システム")[:150],
            },
        )
        Sheet.objects.filter(site=site, year=found.year).update(definition=found.digest)
    return found


# ---- sheets and answers ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What our own records say for はい, and the evidence for it."""

    text: str
    evidence: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An item with its answer, and what our records suggest."""

    item: Item
    answer: Answer | None
    suggestion: Suggestion | None

    @property
    def word(self) -> str:
        """The answer in words."""
        return VALUES[self.answer.value] if self.answer else "未回答"


def sheet_of(site: Site, year: int, party: str = HOSPITAL) -> Sheet | None:
    """The sheet of the hospital or a vendor, if it was begun."""
    return Sheet.objects.filter(site=site, year=year, party=party).first()


def vendors_of(site: Site, year: int) -> list[Sheet]:
    """The sheets of vendors."""
    return list(Sheet.objects.filter(site=site, year=year).exclude(party=HOSPITAL))


def begin(site: Site, year: int, party: str = HOSPITAL) -> Sheet:
    """The sheet, begun where there is none."""
    items = checklist_of(site, year)
    party = " ".join(party.split())[:100]
    found = sheet_of(site, year, party)
    if found is not None:
        return found
    if party and len(vendors_of(site, year)) >= MOST_VENDORS:
        raise UsageError(f"事業者の点検表は{MOST_VENDORS}社までです。")
    sheet, _ = Sheet.objects.get_or_create(
        site=site, year=year, party=party, defaults={"definition": items.digest}
    )
    return sheet


def answers_of(sheet: Sheet | None) -> dict[str, Answer]:
    """The answers that count, by item."""
    return {} if sheet is None else {answer.item: answer for answer in sheet.answers.all()}


def lines_of(
    site: Site, year: int, party: str = HOSPITAL, today: date | None = None
) -> Iterator[tuple[Part, list[Line]]]:
    """A sheet part by part; suggestions only where a day is given."""
    answers = answers_of(sheet_of(site, year, party))
    told = suggestions(site, year, today) if today is not None and not party else {}
    for part, items in checklist_of(site, year).asked(vendor=bool(party)):
        yield part, [Line(item, answers.get(item.id), told.get(item.suggests)) for item in items]


def item_named(site: Site, year: int, id_: str, party: str = HOSPITAL) -> Item:
    """The item of that id which is asked; UsageError with the nearest where there is none."""
    items = {
        item.id: item for _, found in checklist_of(site, year).asked(vendor=bool(party)) for item in found
    }
    if id_ not in items:
        near = nearest(id_, items)
        told = f"近いもの: {near}。" if near else f"あるもの: {'、'.join(items)}。"
        raise UsageError(f"{year_text(year)}の点検に項目「{id_}」はありません。{told}")
    return items[id_]


def answer(
    sheet: Sheet,
    item: Item,
    value: str,
    on: date,
    target: date | None = None,
    *,
    evidence: int | None = None,
    note: str = "",
    today: date,
    by: Any,
) -> Answer:
    """Answers an item; the earlier answer stays to be seen. UsageError where it cannot be so."""
    first, last = days_of(sheet.year)
    if value not in VALUES:
        raise UsageError(f"答え「{value}」は使えません。{'、'.join(VALUES)} のどれかです。")
    if on > today:
        raise UsageError("確かめた日は、今日までの日にしてください。")
    if on < first:
        raise UsageError(
            f"確かめた日が{year_text(sheet.year)}（{japanese_date(first)}から）より前です。その年度に確かめた日を書いてください。"
        )
    if value == "no" and target is None:
        raise UsageError(f"「いいえ」のときは、{year_text(sheet.year)}のうちの目標日が要ります。")
    if value != "no" and target is not None:
        raise UsageError("目標日は、「いいえ」のときだけ書きます。")
    if target is not None and not (on <= target <= last):
        raise UsageError(f"目標日は、確かめた日から{japanese_date(last)}までの間にしてください。")
    if value == "na" and not note.strip():
        raise UsageError("「対象外」のときは、その理由を覚え書きに書いてください。")
    if evidence is not None and not any(
        row.number == evidence for row in known(sheet.site).of(Kind.EVIDENCE)
    ):
        raise UsageError(f"証拠{evidence}は台帳にないか、取り消されています。番号を確かめてください。")
    return Answer.objects.create(
        sheet=sheet,
        item=item.id,
        value=value,
        on=on,
        target=target,
        evidence=evidence,
        note=note.strip()[:500],
        given_name=str(by or "システム")[:150],
    )


# ---- what our own records say ------------------------------------------------------------------------------


def suggestions(site: Site, year: int, today: date) -> dict[str, Suggestion]:
    """By what an item may name in `suggests`: what our own records of the fiscal year say for はい."""
    first, last = days_of(year)
    upto = min(last, today)
    found: dict[str, Suggestion] = {}
    current = known(site)
    for key, rows in (
        ("bcp_drill", drills.listed(site, current)),
        ("security_training", trainings.listed(site, current)),
    ):
        row = next((one for one in rows if first <= one.on <= upto), None)
        if row is not None:
            found[key] = Suggestion(f"{japanese_date(row.on)}に行った記録があります", row.event.proof)
    version = plan.approved_of(site)
    if version is not None and version.approved_on is not None and version.approved_on <= upto:
        told = f"BCP第{version.number}版を{japanese_date(version.approved_on)}に承認しています"
        found["continuity_plan"] = Suggestion(told, version.entry)
    tree = contacts.latest(site)
    if tree is not None and first <= tree.checked_on <= upto:
        told = f"連絡網第{tree.number}版を{japanese_date(tree.checked_on)}に確かめています"
        found["contact_tree"] = Suggestion(told, tree.entry)
    serving = next((row for row in managers.managers_of(current) if serves(row.body, upto)), None)
    if serving is not None:
        told = f"安全管理責任者（{managers.told(serving)}）の記録があります"
        found["security_manager"] = Suggestion(told, serving.proof)
    return found


def serves(body: Any, on: date) -> bool:
    """Whether someone in the list of staff is there on the day."""
    first, last = body.get("from"), body.get("to")
    return (not first or str(first) <= on.isoformat()) and (not last or on.isoformat() <= str(last))


# ---- signing ---------------------------------------------------------------------------------------------


def digest_of(sheet: Sheet) -> str:
    """The hash of the answers that count, and of the items they answer."""
    said = {
        item: [one.value, one.on, one.target, one.evidence, one.note]
        for item, one in answers_of(sheet).items()
    }
    return hashlib.sha256(canonical([sheet.year, sheet.party, sheet.definition, said]).encode()).hexdigest()


def signed(sheet: Sheet | None) -> tuple[Signature | None, bool]:
    """The latest signature, and whether the sheet still is as it was signed."""
    last = sheet.signatures.order_by("-pk").first() if sheet is not None else None
    return last, last is not None and sheet is not None and last.digest == digest_of(sheet)


def title_of(sheet: Sheet) -> str:
    """What a sheet is called."""
    return f"サイバーセキュリティ対策の点検表（{year_text(sheet.year)}・{sheet.party or '医療機関'}）"


def sign(
    sheet: Sheet, on: date, *, guideline_until: date | None = None, today: date, by: Any, via: str = "web"
) -> Signature:
    """A person signs a sheet in which everything is answered: PDF and evidence in the ledger.

    `guideline_until`: the signer also states that the security guideline is kept, until that day; only for the
    hospital's own sheet without いいえ. UsageError where it cannot be so.
    """
    site = sheet.site
    if by is None:
        raise UsageError("点検表には、人が署名します。署名する利用者を指定してください。")
    with transaction.atomic():
        sheet = Sheet.objects.select_for_update().select_related("site").get(pk=sheet.pk)
        rows = [line for _, lines in lines_of(site, sheet.year, sheet.party) for line in lines]
        lacking = [line.item.id for line in rows if line.answer is None]
        if lacking:
            raise UsageError(f"まだ答えのない項目が{len(lacking)}あります（{'、'.join(lacking)}）。")
        latest = max(line.answer.on for line in rows if line.answer)
        if on > today or on < latest:
            raise UsageError(
                f"署名の日は、最後に確かめた日（{japanese_date(latest)}）から今日までにしてください。"
            )
        noes = [line.item.id for line in rows if line.answer and line.answer.value == "no"]
        _guideline(sheet, noes, on, guideline_until)
        digest, title = digest_of(sheet), title_of(sheet)
        context = {**_context(sheet), "signed_on": on, "signed_name": str(by)}
        facts = (GUIDELINE,) if guideline_until else ()
        evidence = paper(
            title,
            requirements_for(site.sector, GUIDELINE),
            stored("checklist", title, site, context),
            first=on,
            last=guideline_until,
            file=f"点検表_{sheet.year}_{sheet.party or '医療機関'}.pdf",
            checklist={"year": sheet.year, "party": sheet.party, "digest": digest},
        )

        def proved(_: Known, number: int) -> list[Draft]:
            return [Draft(Kind.FACT, id_, {"value": True}, on, proof=number) for id_ in facts]

        entry = record(site, evidence, proved, by=by, via=via)[0].number
        return Signature.objects.create(
            sheet=sheet, on=on, by=by, name=str(by)[:150], digest=digest, entry=entry
        )


def _guideline(sheet: Sheet, noes: list[str], on: date, until: date | None) -> None:
    if until is None:
        return
    if sheet.party:
        raise UsageError("ガイドラインへの対応は、医療機関の点検表の署名でだけ述べられます。")
    if noes:
        raise UsageError(
            f"「いいえ」の項目（{'、'.join(noes)}）があるうちは、ガイドラインに対応しているとは記録できません。"
        )
    if until <= on:
        raise UsageError("いつまでの証拠とするかは、署名の日より後にしてください。")


def _context(sheet: Sheet) -> dict[str, Any]:
    items = checklist_of(sheet.site, sheet.year)
    parts = list(lines_of(sheet.site, sheet.year, sheet.party))
    return {"sheet": sheet, "items": items, "parts": parts, "year": year_text(sheet.year)}


def sheet_pdf(sheet: Sheet) -> bytes:
    """A sheet as PDF, as it stands; who signed it, where that still holds."""
    last, holds = signed(sheet)
    context = {
        **_context(sheet),
        "signed_on": last.on if last and holds else None,
        "signed_name": last.name if last and holds else "",
    }
    return paper_pdf("checklist", title_of(sheet), sheet.site, context)
