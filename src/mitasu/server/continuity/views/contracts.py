"""Contracts and in-house rules: what they prove until when, recording one, taking one back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from mitasu.server.accounts.models import Role
from mitasu.server.continuity.models.plans import Contract
from mitasu.server.continuity.plans import contracts
from mitasu.server.continuity.views.bcp import Reason, StoredFileField, page, tried
from mitasu.server.forms import DayField
from mitasu.server.ledger.pages import SiteRequest, site_page

TAB = "bcp-contracts"
YES_NO = (("", "記録しない"), ("yes", "はい"), ("no", "いいえ"))


class ContractForm(forms.Form):
    """A contract or rule, the clause, its days, and the facts it proves."""

    kind = forms.ChoiceField(label="種類", choices=list(contracts.KINDS.items()))
    title = forms.CharField(
        label="名前", max_length=150, help_text="例：電子カルテ保守契約書、医療情報システム運用管理規程"
    )
    party = forms.CharField(label="相手の事業者", max_length=200, required=False)
    clause = forms.CharField(label="条項", max_length=100, required=False, help_text="例：第12条第3項")
    text = forms.CharField(label="該当する条項の文", max_length=5000, widget=forms.Textarea({"rows": 5}))
    first = DayField(label="いつから")
    last = DayField(
        label="いつまで",
        required=False,
        help_text="例：R9.3.31。この日を過ぎると、この契約や規程で示していたことは未確認に戻ります。期限がなければ空けておきます。",
    )
    document = StoredFileField(label="該当する頁の写し", required=False, help_text="PDFか写真。50MBまで。")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for entry in contracts.facts():
            self.fields[f"fact-{entry.id}"] = forms.ChoiceField(
                label=entry.ask or entry.label, choices=YES_NO, required=False
            )

    def record(self, request: SiteRequest) -> Contract:
        """Records what was filled in."""
        said = self.cleaned_data
        document, file = said["document"] or ("", "")
        proves = {
            entry.id: said[f"fact-{entry.id}"] == "yes"
            for entry in contracts.facts()
            if said.get(f"fact-{entry.id}")
        }
        return contracts.add(
            request.site,
            kind=said["kind"],
            title=said["title"],
            party=said["party"],
            clause=said["clause"],
            text=said["text"],
            first=said["first"],
            last=said["last"],
            proves=proves,
            document=document,
            file=file,
            by=request.user,
        )


@site_page(Role.VIEW)
def contract_list(request: SiteRequest) -> HttpResponse:
    """The contracts and rules, those that end first at the top."""
    rows = contracts.held(request.site, timezone.localdate())
    return page(request, "contracts", TAB, {"rows": rows, "kinds": contracts.KINDS})


@site_page(Role.ENTER)
def contract_add(request: SiteRequest) -> HttpResponse:
    """Records a contract or rule; `?renews=` begins from another one."""
    renewed = request.GET.get("renews", "")
    earlier = (
        Contract.objects.filter(site=request.site, pk=int(renewed)).first()
        if renewed.isascii() and renewed.isdigit() and len(renewed) < 10
        else None
    )
    form = ContractForm(request.POST or None, request.FILES or None, initial=_initial(earlier))
    if request.method == "POST":
        made = tried(form, lambda: form.record(request))
        if made is not None:
            messages.success(request, f"「{made.title}」を記録しました（証拠{made.entry}）。")
            return redirect("bcp-contracts", request.site.slug)
    return page(
        request, "contract_add", TAB, {"form": form, "earlier": earlier}, status=400 if form.is_bound else 200
    )


def _initial(earlier: Contract | None) -> dict[str, Any]:
    if earlier is None:
        return {}
    told = {key: getattr(earlier, key) for key in ("kind", "title", "party", "clause", "text")}
    first = earlier.last_day + contracts.ONE_DAY if earlier.last_day else None
    facts = {f"fact-{id_}": "yes" if value else "no" for id_, value in earlier.facts.items()}
    return {**told, "first": first, **facts}


@site_page(Role.ENTER)
def contract_withdraw(request: SiteRequest, number: int) -> HttpResponse:
    """Takes a contract back."""
    found = Contract.objects.filter(site=request.site, pk=number).first()
    if found is None:
        raise Http404("この契約・規程の記録は見つかりません。")
    form = Reason(request.POST or None)

    def act() -> bool:
        contracts.take_back(found, form.cleaned_data["reason"], by=request.user)
        return True

    if request.method == "POST" and tried(form, act):
        messages.success(request, f"「{found.title}」を取り消しました。示していた事実も取り消しました。")
        return redirect("bcp-contracts", request.site.slug)
    return page(
        request,
        "contract_withdraw",
        TAB,
        {"form": form, "contract": found},
        status=400 if form.is_bound else 200,
    )


BASE = "s/<slug:site>/continuity/bcp/contracts/"
urlpatterns = [
    path(BASE, contract_list, name="bcp-contracts"),
    path(f"{BASE}add/", contract_add, name="bcp-contract-add"),
    path(f"{BASE}<int:number>/withdraw/", contract_withdraw, name="bcp-contract-withdraw"),
]
