"""Pages that are kept as they were answered, and answered again while nothing that they show has changed.

An answer is kept for one session and one address, together with all that it followed from: the rows of session,
user, role and site, the head of the site's chain, what people closed of what is still due, the day, and whether the
ledger is what was recorded. With every request these are read anew, in one statement; where all are the same, what was answered then is answered again,
with its headers, before the application goes its usual way of asking for each by itself. Where anything differs,
or nothing is kept, the usual way is gone. So nobody is shown what another may see, whoever was signed out or lost
a role is refused, and a change made by any other process is shown at once. Each answer is recorded in the audit
trail. Left out of what is kept is the token of the forms, which is each answer's own; a page with messages to its
user is not kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from mitasu.server.accounts.models import Membership, Site, User
from mitasu.server.accounts.rows import columns, first_row
from mitasu.server.accounts.tokens import form_token
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.models import START, Entry
from mitasu.server.ledger.pages import SiteRequest
from mitasu.server.ledger.verify import Break
from mitasu.server.sites.integrity import check_of
from mitasu.server.sites.judging import Kept
from mitasu.server.sites.models import Task

Answering = Callable[[HttpRequest], HttpResponse]
TOKEN = f"token-{secrets.token_hex(16)}"
"""Stands in a kept page where the token of the forms goes; nobody outside this process knows it."""
_COLUMNS = (
    "d.session_data",
    "m.role",
    "m.records",
    f"COALESCE((SELECT e.digest FROM {Entry._meta.db_table} e WHERE e.site_id = s.id ORDER BY e.number DESC LIMIT 1),"  # noqa: S608  (ours)
    f" '{START}')",
    f"EXISTS (SELECT 1 FROM {Membership._meta.db_table} n JOIN {Site._meta.db_table} o ON o.id = n.site_id"  # noqa: S608
    " WHERE n.user_id = u.id AND o.id <> s.id AND NOT o.closed)",
    *[f"u.{name}" for name in columns(User)],
    *[f"s.{name}" for name in columns(Site)],
)
"""All that the database says of what a page follows from, but for what people closed."""
_CLOSED = {
    "sqlite": "group_concat(t.id || t.state, ',')",
    "postgresql": "string_agg(concat(t.id, t.state), ',')",
}
_TASKS = (
    f"(SELECT {{closed}} FROM {Task._meta.db_table} t WHERE t.site_id = s.id AND t.state <> '{Task.State.OPEN}'"  # noqa: S608
    " AND (t.due IS NULL OR t.due >= %s))"
)
"""What people closed of what is due on a day or later: number and state."""
_ROWS = (
    f" FROM {Session._meta.db_table} d, {User._meta.db_table} u"
    f" JOIN {Membership._meta.db_table} m ON m.user_id = u.id JOIN {Site._meta.db_table} s ON s.id = m.site_id"
    " WHERE d.session_key = %s AND d.expire_date > %s AND u.id = %s AND s.id = %s AND NOT s.closed"
)
_ALL = {vendor: ", ".join([*_COLUMNS, _TASKS.format(closed=closed)]) for vendor, closed in _CLOSED.items()}
_TEXT = {"sqlite": f"json_array({_ALL['sqlite']})", "postgresql": f"CAST(ROW({_ALL['postgresql']}) AS text)"}
"""All of it as one text, which the database can compare. It asks for one value: the day from which tasks count."""
_STILL = {vendor: f"SELECT 1 {_ROWS} AND %s = {text}" for vendor, text in _TEXT.items()}
"""Gives a row while the text is still the same."""


class Place(NamedTuple):
    """All of a request that its answer may depend on. `secret`: that of the forms, None where none was sent."""

    session: str
    secret: str | None
    path: str
    host: str | None
    scheme: str | None
    forwarded: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows beside the rows it is about: the day, and what is wrong with the ledger."""

    day: date
    breaks: tuple[Break, ...]


class KeptPage(HttpResponse):
    """An answer that may be given again; `parts` of it lie around the token of the forms. `text`: see `_TEXT`."""

    def __init__(self, parts: tuple[bytes, ...], shown: Shown, text: str, token: str) -> None:
        super().__init__(token.encode().join(parts))
        self.parts, self.shown, self.text = parts, shown, text


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that was given, and what it followed from."""

    parts: tuple[bytes, ...]
    shown: Shown
    headers: dict[str, str]
    user: User
    site: Site
    text: str


_answered = Kept[Answered](512)


def kept_page(request: SiteRequest, template: str, context: Callable[[], dict[str, Any]]) -> HttpResponse:
    """The page of a template about a site, which may be answered again while what it follows from is the same.

    `context` must follow from the site's ledger, its row, the user, the role, the day and closed tasks alone.
    """
    if len(get_messages(request)):
        return render(request, template, context())
    shown = _shown(request.site)
    row = _row(request, request.session.session_key, shown.day)
    page = render_to_string(template, {**context(), "csrf_token": TOKEN}, request)
    parts = tuple(part.encode() for part in page.split(TOKEN))
    return KeptPage(parts, shown, str(row and row[0]), get_token(request))


def _shown(site: Site) -> Shown:
    day = timezone.localdate()
    return Shown(day, check_of(site, day).breaks)


def again(answer: Answering) -> Answering:
    """Middleware, the outermost: answers a kept page again where it can, and keeps what may be answered again."""

    def answered(request: HttpRequest) -> HttpResponse:
        place = _place(request)
        if place is None:
            return answer(request)
        given = _again(request, place)
        if given is not None:
            return given
        response = answer(request)
        if isinstance(response, KeptPage) and response.status_code == 200:
            secret = request.META["CSRF_COOKIE"]  # which this answer may have given
            _keep(place._replace(secret=secret), cast(SiteRequest, request), response)
        return response

    return answered


def _place(request: HttpRequest) -> Place | None:
    """Where what is kept for a request would lie; None where it cannot be answered from what is kept."""
    sent = request.META
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    secret = request.COOKIES.get(settings.CSRF_COOKIE_NAME)
    if request.method != "GET" or sent.get("QUERY_STRING") or not session:
        return None
    return Place(
        session,
        secret,
        request.path,
        sent.get("HTTP_HOST"),
        sent.get("wsgi.url_scheme"),
        sent.get("HTTP_X_FORWARDED_PROTO"),
    )


def _again(request: Any, place: Place) -> HttpResponse | None:
    """What was answered at a place, if it would be answered now; recorded as viewed."""
    kept = _answered.get(place)
    if kept is None or _shown(kept.site) != kept.shown:
        return None
    request.user, request.site = kept.user, kept.site
    still = (
        _STILL[connection.vendor],
        [*_which(place.session, kept.user, kept.site), kept.text, kept.shown.day.isoformat()],
    )
    if not audit_request(request, "view", request.path, found=still):
        del request.user, request.site
        return None
    token = form_token(str(place.secret))  # of a secret that the usual way has accepted
    return HttpResponse(token.encode().join(kept.parts), headers=kept.headers)


def _keep(place: Place, request: SiteRequest, response: KeptPage) -> None:
    """Keeps an answer, unless what it followed from has changed while it was made."""
    user, site, session = request.user, request.site, request.session
    row = _row(request, place.session, response.shown.day)
    followed = (
        request.role,
        site.records,
        site.head,
        request.several,
        *[getattr(user, name) for name in columns(User)],
        *[getattr(site, name) for name in columns(Site)],
    )
    if row is None or row[0] != response.text or session.modified:
        return
    if session.decode(row[1]) != dict(session.items()) or tuple(row[2:]) != followed:
        return
    headers = {name: value for name, value in response.items() if name != "Content-Length"}
    known = cast(
        User, getattr(user, "_wrapped", user)
    )  # not the promise of a user, which holds on to the request
    _answered.put(place, Answered(response.parts, response.shown, headers, known, site, response.text))


def _row(request: SiteRequest, session: str | None, day: date) -> Sequence[Any] | None:
    """What a page of a request follows from now: the text, then the columns."""
    statement = f"SELECT {_TEXT[connection.vendor]}, {', '.join(_COLUMNS)} {_ROWS}"
    return first_row(statement, [day.isoformat(), *_which(session, request.user, request.site)])


def _which(session: str | None, user: Any, site: Site) -> list[Any]:
    """The values that choose the rows: of a session that has not expired, of a user and of a site."""
    return [session, connection.ops.adapt_datetimefield_value(timezone.now()), user.pk, site.pk]
