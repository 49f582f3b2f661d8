"""Settings of a site: profile, institution, members and roles, closing; the audit trail is in `trail`."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from mitasu.errors import InputError, UsageError
from mitasu.rulebook import ENCOUNTER_KINDS, FACILITY_KINDS, SECTORS
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Membership, Role, SignInLink, Site, User
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.models import Kind
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.judging import known_of
from mitasu.server.sites.members import add_member, change_role, may_be_let_in_by, members_of, remove_member
from mitasu.server.sites.prefectures import PREFECTURES
from mitasu.server.sites.settings_forms import ArchiveForm, MemberForm, ProfileForm, RoleForm, profile_initial
from mitasu.server.sites.views import reopening, trail
from mitasu.server.sites.views.start import Institution

LINK_HOURS = 24


def profile_of(site: Site) -> dict[str, Any]:
    """The site's profile as it is known."""
    entry = known_of(site).last(Kind.PROFILE)
    return dict(entry.body) if entry is not None else {}


@site_page(Role.VIEW)
def settings(request: SiteRequest) -> HttpResponse:
    """What is set, and the way to each setting."""
    site = request.site
    profile = profile_of(site)
    visits = {ENCOUNTER_KINDS.get(kind, kind): count for kind, count in (profile.get("visits") or {}).items()}
    context = {
        "profile": profile,
        "visits": visits,
        "prefecture": PREFECTURES.get(site.prefecture, ""),
        "sector": SECTORS.get(site.sector, site.sector),
        "kind": FACILITY_KINDS.get(site.kind, site.kind),
        "members": len(members_of(site)) if request.role >= Role.ADMIN else None,
    }
    return render(request, "sites/settings.html", context)


@site_page(Role.ENTER)
def profile(request: SiteRequest) -> HttpResponse:
    """Address, people and visits."""
    site, before = request.site, profile_of(request.site)
    form = ProfileForm(site, request.POST or None, initial=profile_initial(site, before))
    if request.method == "POST" and form.is_valid():
        body = form.body(before)
        with transaction.atomic():
            site.prefecture = form.cleaned_data["prefecture"]
            site.vendor = form.cleaned_data["vendor"].strip()
            site.save(update_fields=["prefecture", "vendor"])
            if body != before:
                append(site, [Draft(Kind.PROFILE, body=body)], by=request.user)
        messages.success(request, "所在地などを記録しました。")
        return redirect("site-settings", site.slug)
    context = {
        "section": "site-settings",
        "form": form,
        "title": "所在地・開設者・受診の数",
        "button": "記録する",
    }
    return render(request, "sites/settings_form.html", context, status=400 if form.is_bound else 200)


@site_page(Role.ADMIN)
def institution(request: SiteRequest) -> HttpResponse:
    """Name, code and kind; they decide, and so they stand in the ledger."""
    site = request.site
    head = known_of(site).last(Kind.INSTITUTION)
    before = dict(head.body) if head is not None else {}
    initial = {"name": site.name, "code": site.code, "sector_and_kind": f"{site.sector}/{site.kind}"}
    form = Institution(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        body = {key: value for key, value in before.items() if key != "code"} | form.head()
        try:
            _rename(site, body, request.user)
        except InputError as error:
            for problem in error.problems:
                form.add_error(None, str(problem))
        else:
            messages.success(request, "施設の名前・コード・種類を記録しました。判定は新しい内容で行います。")
            return redirect("site-settings", site.slug)
    context = {
        "section": "site-settings",
        "form": form,
        "title": "施設の名前・コード・種類",
        "button": "記録する",
    }
    return render(request, "sites/settings_form.html", context, status=400 if form.is_bound else 200)


def _rename(site: Site, body: dict[str, Any], by: Any) -> None:
    with transaction.atomic():
        append(site, [Draft(Kind.INSTITUTION, body=body)], by=by)
        Site.objects.filter(pk=site.pk).update(
            name=body["name"], code=body.get("code", ""), sector=body["sector"], kind=body["kind"]
        )


# ---- members ---------------------------------------------------------------------------------------------


@site_page(Role.ADMIN)
@fresh_sign_in
def members(request: SiteRequest) -> HttpResponse:
    """Who has which role; POST adds someone."""
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            user, made = add_member(
                request.site, said["username"], said["role"], shown=said["shown"], email=said["email"]
            )
        except UsageError as error:
            form.add_error("username", str(error))
        else:
            what = "作って加える" if made else "加える"
            audit_request(request, "change", f"利用者を{what}：{user.username}（{said['role'].label}）")
            if made:
                return _with_link(request, user)
            messages.success(request, f"{user}に{said['role'].label}の役割を付けました。")
            return redirect("site-members", request.site.slug)
    return _members_page(request, form, status=400 if form.is_bound else 200)


def _members_page(request: SiteRequest, form: MemberForm, *, status: int = 200, **more: Any) -> HttpResponse:
    rows = [
        {"member": member, "linkable": may_be_let_in_by(_user(request), member.user)}
        for member in members_of(request.site)
    ]
    context = {"section": "site-settings", "form": form, "rows": rows, "roles": Role.choices, **more}
    return render(request, "sites/settings_members.html", context, status=status)


def _user(request: SiteRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the page asks for a sign-in
    return request.user


def _with_link(request: SiteRequest, user: User) -> HttpResponse:
    """The members with a sign-in link, which is shown this once."""
    secret = SignInLink.made(user, minutes=LINK_HOURS * 60)
    audit_request(request, "change", f"サインインのリンクを出す：{user.username}")
    link = request.build_absolute_uri(reverse("sign-in-link", args=(secret,)))
    return _members_page(request, MemberForm(), link=link, linked=user, hours=LINK_HOURS)


@site_page(Role.ADMIN)
@require_POST
@fresh_sign_in
def member_role(request: SiteRequest, member: int) -> HttpResponse:
    """Another role for a member."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise UsageError("役割を選んでください。")
    try:
        found = change_role(request.site, member, form.cleaned_data["role"])
    except UsageError as error:
        return _refused(request, error)
    label = Role(found.role).label
    audit_request(request, "change", f"役割を変える：{found.user.username}（{label}）")
    messages.success(request, f"{found.user}の役割を{label}にしました。")
    return _back(request)


@site_page(Role.ADMIN)
@require_POST
@fresh_sign_in
def member_remove(request: SiteRequest, member: int) -> HttpResponse:
    """Takes a member's role away."""
    try:
        found = remove_member(request.site, member)
    except UsageError as error:
        return _refused(request, error)
    audit_request(request, "change", f"利用者を外す：{found.user.username}")
    messages.success(request, f"{found.user}をこの施設から外しました。記録は残ります。")
    return _back(request)


@site_page(Role.ADMIN)
@require_POST
@fresh_sign_in
def member_link(request: SiteRequest, member: int) -> HttpResponse:
    """A new sign-in link for a member who has no more rights than the administrator can give."""
    found = Membership.objects.select_related("user").filter(site=request.site, pk=member).first()
    if found is None:
        return _refused(request, UsageError("この利用者は、もうこの施設にいません。"))
    if not may_be_let_in_by(_user(request), found.user):
        told = f"{found.user}は、パスワードを持っているかほかの施設の利用者でもあるので、ここからはリンクを出せません。Mitasuを動かしている人に頼んでください。"
        return _refused(request, UsageError(told))
    return _with_link(request, found.user)


def _refused(request: SiteRequest, error: UsageError) -> HttpResponse:
    audit_request(request, "change", request.path, outcome="refused")
    return _members_page(request, MemberForm(), status=400, problem=str(error))


def _back(request: SiteRequest) -> HttpResponse:
    """To the members, or to the settings for someone who has just given up their own role."""
    still = Membership.objects.filter(site=request.site, user=_user(request), role=Role.ADMIN).exists()
    if still:
        return redirect("site-members", request.site.slug)
    here = Membership.objects.filter(site=request.site, user=_user(request)).exists()
    return redirect("site-settings", request.site.slug) if here else redirect("home")


# ---- closing ---------------------------------------------------------------------------------------------


@site_page(Role.ADMIN)
@fresh_sign_in
def archive(request: SiteRequest) -> HttpResponse:
    """Closes a site: nobody sees it any more, nothing of it is deleted."""
    site = request.site
    form = ArchiveForm(site, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            append(site, [Draft(Kind.NOTE, reopening.CLOSED, {"text": "施設を閉じた"})], by=request.user)
            Site.objects.filter(pk=site.pk).update(closed=True)
        audit_request(request, "change", "施設を閉じる")
        messages.success(
            request, f"{site.name}を閉じました。記録は残っています。「自分のアカウント」から再び開けます。"
        )
        return redirect("account")
    context = {
        "section": "site-settings",
        "form": form,
        "title": "施設を閉じる",
        "button": "閉じる",
        "closing": True,
    }
    return render(request, "sites/settings_form.html", context, status=400 if form.is_bound else 200)


urlpatterns = [
    path("s/<slug:site>/settings/", settings, name="site-settings"),
    path("s/<slug:site>/settings/profile/", profile, name="site-profile"),
    path("s/<slug:site>/settings/institution/", institution, name="site-institution"),
    path("s/<slug:site>/settings/members/", members, name="site-members"),
    path("s/<slug:site>/settings/members/<int:member>/role/", member_role, name="site-member-role"),
    path("s/<slug:site>/settings/members/<int:member>/remove/", member_remove, name="site-member-remove"),
    path("s/<slug:site>/settings/members/<int:member>/link/", member_link, name="site-member-link"),
    path("s/<slug:site>/settings/close/", archive, name="site-archive"),
    *reopening.urlpatterns,
    *trail.urlpatterns,
]
