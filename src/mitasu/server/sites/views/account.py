"""One's own account: name, password, two-factor, and tokens for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import SCOPES, ApiToken, Membership, Role, Site
from mitasu.server.accounts.roles import WHO_REGISTERS, closed_sites_of, sites_of
from mitasu.server.ledger.audit import audit_request


class NewToken(forms.Form):
    """A token: what it is for, what it may do, where and how long."""

    name = forms.CharField(label="何に使うか", max_length=100, help_text="例：電子カルテからの判定")
    scopes = forms.MultipleChoiceField(
        label="できること", choices=list(SCOPES.items()), widget=forms.CheckboxSelectMultiple
    )
    site = forms.ModelChoiceField(
        label="施設", queryset=Site.objects.none(), required=False, empty_label="自分のすべての施設"
    )
    days = forms.TypedChoiceField(
        label="有効な期間", coerce=int, choices=((30, "30日"), (90, "90日"), (365, "1年")), initial=365
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites_of(user)  # type: ignore[attr-defined]


@login_required
def account(request: Any) -> HttpResponse:
    """Name, roles, two-factor and tokens of the user."""
    return render(request, "sites/account.html", _shown(request, NewToken(request.user)))


@login_required
@require_POST
@fresh_sign_in
def token_new(request: Any) -> HttpResponse:
    """Makes a token and shows its secret once."""
    form = NewToken(request.user, request.POST)
    if not form.is_valid():
        return render(request, "sites/account.html", _shown(request, form), status=422)
    given = form.cleaned_data
    expires_at = timezone.now() + timedelta(days=given["days"])
    secret = ApiToken.made(
        request.user, given["name"], given["scopes"], site=given["site"], expires_at=expires_at
    )
    audit_request(request, "change", f"トークンを作る：{given['name']}")
    return render(
        request, "sites/account.html", {**_shown(request, NewToken(request.user)), "secret": secret}
    )


@login_required
@require_POST
def token_revoke(request: Any, pk: int) -> HttpResponse:
    """Revokes one of the user's own tokens."""
    token = get_object_or_404(ApiToken, pk=pk, user=request.user)
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
    audit_request(request, "change", f"トークンを取り消す：{token.name}")
    messages.success(request, f"トークン「{token.name}」を取り消しました。")
    return redirect("account")


def _shown(request: Any, form: NewToken) -> dict[str, Any]:
    roles = Membership.objects.select_related("site").filter(user=request.user, site__closed=False)
    return {
        "form": form,
        "memberships": [(one.site, Role(one.role).label) for one in roles],
        "who_registers": WHO_REGISTERS,
        "closed": closed_sites_of(request.user),
        "tokens": ApiToken.objects.select_related("site").filter(user=request.user, revoked_at=None),
        "scopes": SCOPES,
        "two_factor": is_mfa_enabled(request.user),
        "has_password": request.user.has_usable_password(),
    }


urlpatterns = [
    path("account/", account, name="account"),
    path("account/tokens/", token_new, name="token-new"),
    path("account/tokens/<int:pk>/revoke/", token_revoke, name="token-revoke"),
]
