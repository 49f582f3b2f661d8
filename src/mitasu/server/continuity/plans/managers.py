"""The security manager as the judgement counts one: employment, assignment and days, in the ledger's list of staff.

Names are not kept there; the letter of appointment is a paper of the ledger. Adding someone to a list of
staff that nobody gave yet would make it a complete list of one, so that is only done where it was said.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from mitasu.errors import UsageError
from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT
from mitasu.facts.values import value_of
from mitasu.server.accounts.models import Site
from mitasu.server.continuity.plans.proofs import listing, paper, record, requirements_for
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.fold import Known, known
from mitasu.server.ledger.models import Entry, Kind

ROLE = "security_manager"
QUALIFIED = "security_manager_qualified"


def people_listed(found: Known) -> bool:
    """Whether the site's list of staff was ever given."""
    return any(row.subject == "people" for row in found.of(Kind.LISTING)) or bool(found.of(Kind.PERSON))


def managers_of(found: Known) -> list[Entry]:
    """The entries about security managers that count, those who still serve first."""
    rows = [row for row in found.of(Kind.PERSON) if row.subject == ROLE]
    return sorted(rows, key=lambda row: (row.body.get("to") is not None, str(row.body.get("from") or "")))


def told(row: Entry) -> str:
    """Someone in words: 常勤・専任."""
    parts = (EMPLOYMENT.get(row.body.get("employment"), ""), ASSIGNMENT.get(row.body.get("assignment"), ""))
    return "・".join(part for part in parts if part) or "雇用・配置の記録なし"


def appoint(
    site: Site,
    *,
    employment: str,
    assignment: str,
    first: date | None,
    last: date | None = None,
    qualified: bool | None = None,
    document: str = "",
    file: str = "",
    start_list: bool = False,
    by: Any,
    via: str = "web",
) -> Entry:
    """Records a security manager with the letter of appointment; returns the paper's entry.

    `start_list`: begin the list of staff with this person. UsageError where there is none and it was not said.
    """
    for value, values in ((employment, EMPLOYMENT), (assignment, ASSIGNMENT)):
        if value:
            value_of(value, "enum", values)
    if first is not None and last is not None and last < first:
        raise UsageError("終わりの日が始まりの日より前です。日付を確かめてください。")
    if not people_listed(known(site)) and not start_list:
        raise UsageError(
            "職員の一覧がまだありません。このまま加えると、ほかの役割の職員はいないことになります。"
            "先に「取り込み・書き出し」で職員の一覧を取り込むか、それでよければ「この人から一覧を始める」を選んでください。"
        )
    body: dict[str, Any] = {"role": ROLE, "employment": employment, "assignment": assignment}
    body |= {"from": first and first.isoformat(), "to": last and last.isoformat()}
    body = {key: value for key, value in body.items() if value}
    subjects = (ROLE, QUALIFIED) if qualified is not None else (ROLE,)
    statement = (
        None if document else {"who": str(by or "システム"), "what": "任命したことの記録（辞令の写しなし）"}
    )
    more: dict[str, Any] = {"file": file} if document else {"statement": statement}
    evidence = paper(
        "医療情報システム安全管理責任者の任命",
        requirements_for(site.sector, *subjects),
        document,
        first=first,
        last=last,
        **more,
    )

    def rest(found: Known, number: int) -> list[Draft]:
        drafts = [*listing(found, "people"), Draft(Kind.PERSON, ROLE, body, proof=number)]
        if qualified is not None:
            drafts.append(Draft(Kind.FACT, QUALIFIED, {"value": qualified}, first, proof=number))
        return drafts

    return record(site, evidence, rest, by=by, via=via)[0]


def end(site: Site, number: int, last: date, *, by: Any, via: str = "web") -> Entry:
    """Records until when someone serves; UsageError where the number is not that of a manager who counts."""
    found = known(site)
    row = next((one for one in managers_of(found) if one.number == number), None)
    if row is None:
        raise UsageError(f"記録{number}は、いま数えている安全管理責任者の記録ではありません。")
    first = row.body.get("from")
    if first and last.isoformat() < str(first):
        raise UsageError("終わりの日が始まりの日より前です。日付を確かめてください。")
    body = {**row.body, "to": last.isoformat()}
    draft = Draft(Kind.PERSON, ROLE, body, proof=row.proof, replaces=row.number)
    return append(site, [draft], by=by, via=via, expected=found.head[1] or None)[0]
