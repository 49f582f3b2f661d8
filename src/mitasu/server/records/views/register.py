"""The room's first page, one stay, and the way to record what happened to its summary."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from mitasu.dates import japanese_month, month_of, shift_month
from mitasu.errors import UsageError
from mitasu.server.accounts.models import Records, Role
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.pages import site_page
from mitasu.server.records.access import OWN_STEPS, RecordsRequest, records_page, stays_of
from mitasu.server.records.importing.rows import read_moment
from mitasu.server.records.models import ImportBatch, Profession, RoomSettings, Stay, Step, SummaryEvent
from mitasu.server.records.parts import Crumb, Details, FormPart, Shown, Table, Words, link, moment, show
from mitasu.server.records.removing import remove
from mitasu.server.records.summaries import month_of_site, note, recount, state_of, waiting


@site_page(Role.VIEW)
def home(request: Any) -> HttpResponse:
    """Where the register stands; for an administrator without the permission, the page on which it is granted."""
    site = request.site
    if not site.records and request.role == Role.ADMIN:
        return redirect("records-access", site.slug)
    return _home(request, site=site.slug)


@records_page(Records.OWN)
def _home(request: RecordsRequest) -> HttpResponse:
    site, today = request.site, timezone.localdate()
    if request.records == Records.OWN:
        return redirect("records-summaries", site.slug)
    stays = Stay.objects.filter(site=site)
    late = [row for row in waiting(stays, today) if row.left < 0]
    last = shift_month(month_of(today), -1)
    month = month_of_site(site, last, today)
    page = Shown(
        f"退院時要約の期限切れは{len(late)}件です" if late else "退院時要約の期限切れはありません",
        asof=f"{site.name}の診療録",
        parts=[
            Details(
                [
                    (
                        "一覧表の入院",
                        f"{stays.count():,}件（入院中{stays.filter(discharged=None).count():,}件）",
                    ),
                    (
                        f"{japanese_month(last)}退院分の14日以内",
                        f"{month.text}　{'確定' if month.final else '速報'}",
                    ),
                    ("検索", link(reverse("records-search", args=(site.slug,)), "条件を組み合わせて探す")),
                ]
            )
        ],
    )
    if request.records == Records.KEEP:
        batches = ImportBatch.objects.filter(site=site)[:10]
        rows = [
            (
                moment(one.at),
                one.name,
                one.rows,
                one.made,
                one.changed,
                one.same,
            )
            for one in batches
        ]
        head = ("取り込んだ日時", "ファイル", "行", "新しい入院", "埋まった", "同じ")
        page.parts.append(Table("最近の取り込み", head, rows, numbers=frozenset({2, 3, 4, 5})))
    return show(request, page)


# ---- one stay ---------------------------------------------------------------------------------------------------


class StepForm(forms.Form):
    """Something that happened to the summary."""

    step = forms.ChoiceField(label="したこと", choices=Step.choices, widget=forms.RadioSelect)
    at = forms.CharField(
        label="日時",
        max_length=30,
        help_text="例：2026-11-05 17:30。時刻がなければ、その日の終わりとします。",
        widget=forms.TextInput({"class": "short", "autocomplete": "off"}),
    )
    author = forms.CharField(label="作成者", max_length=100, required=False)
    profession = forms.ChoiceField(
        label="作成者の職種",
        choices=[("", "（作成でない）"), *Profession.choices],
        required=False,
        help_text="医師が作成したものだけを、14日以内の割合に数えます。",
    )
    text = forms.CharField(label="覚え書き", max_length=300, required=False)

    def clean_at(self) -> Any:
        """The moment, not in the future."""
        try:
            at = timezone.make_aware(read_moment(self.cleaned_data["at"]))
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        if timezone.localtime(at).date() > timezone.localdate():
            raise forms.ValidationError("今日より後の日時です。")
        return at

    def clean(self) -> dict[str, Any]:
        """A summary that was written has an author's profession."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("step") == Step.WRITTEN and not said.get("profession"):
            self.add_error("profession", "作成したときは、作成者の職種を選んでください。")
        return said


class TakeBackForm(forms.Form):
    """A record of a summary's step that was wrong."""

    event = forms.ModelChoiceField(SummaryEvent.objects.none(), label="取り消す記録", empty_label=None)

    def __init__(self, stay: Stay, *data: Any) -> None:
        super().__init__(*data)
        self.fields["event"].queryset = stay.summary_events.filter(taken_back=False)  # type: ignore[attr-defined]
        self.fields["event"].label_from_instance = _event_text  # type: ignore[attr-defined]


class RemoveForm(forms.Form):
    """A stay that does not belong into the register."""

    reason = forms.CharField(
        label="除く理由",
        max_length=300,
        help_text="例：入院日を誤って取り込んだ。監査記録に残ります。患者の名前は書かないでください。",
    )


def _event_text(event: SummaryEvent) -> str:
    return f"{moment(event.at)} {Step(event.step).label}"


@records_page(Records.OWN, keep_to_change=False)
def stay(request: RecordsRequest, stay: int) -> HttpResponse:
    """One stay with all that is known of it; POST records a step of its summary."""
    found = (
        stays_of(request.user, request.site, request.records)
        .select_related("patient")
        .filter(pk=stay)
        .first()
    )
    if found is None:
        audit_request(request, "view", request.path, outcome="refused")
        raise Http404("この入院は見つかりません。")
    form, back, away = StepForm(), TakeBackForm(found), RemoveForm()
    if request.method == "POST" and request.records != Records.READ:
        action = request.POST.get("action")
        form = StepForm(request.POST) if action == "step" else form
        back = TakeBackForm(found, request.POST) if action == "back" else back
        if action == "step" and form.is_valid():
            said = form.cleaned_data
            if request.records == Records.OWN and said["step"] not in OWN_STEPS:
                raise UsageError("差戻しと受領は、中央病歴管理室が記録します。")
            try:
                note(found, said["step"], said["at"], by=request.user, author=said["author"],
                     profession=said["profession"], text=said["text"])  # fmt: skip
            except UsageError as error:
                form.add_error("at", str(error))
            else:
                messages.success(request, f"{Step(said['step']).label}を記録しました。")
                return redirect("records-stay", request.site.slug, found.pk)
        if action == "back" and request.records == Records.KEEP and back.is_valid():
            SummaryEvent.objects.filter(pk=back.cleaned_data["event"].pk).update(taken_back=True)
            recount(request.site, [found.pk])
            messages.success(request, "記録を取り消しました。取り消したことは残ります。")
            return redirect("records-stay", request.site.slug, found.pk)
        if action == "remove" and request.records == Records.KEEP:
            away = RemoveForm(request.POST)
            if away.is_valid():
                with transaction.atomic():
                    told = remove(found, away.cleaned_data["reason"])
                    audit_request(request, "change", f"診療録：{told}")
                messages.success(
                    request, "入院を一覧表から除きました。除いたことと理由は監査記録に残ります。"
                )
                return redirect("records-search", request.site.slug)
    elif request.method == "POST":
        raise UsageError("記録する許可がありません。")
    page = _stay_page(request, found)
    if request.records in (Records.OWN, Records.KEEP) and found.discharged:
        page.parts.append(FormPart(form, "記録する", "要約の記録を足す", "step"))
    if request.records == Records.KEEP and found.summary_events.filter(taken_back=False).exists():
        page.parts.append(FormPart(back, "取り消す", "要約の記録を取り消す", "back", folded=True))
    if request.records == Records.KEEP:
        text = (
            "入院日や患者番号を誤って取り込んだ入院を、病名・手術・要約の記録とともに除きます。元には戻せません。"
            "正しい内容は取り込み直してください。ほかの項目の誤りは、取り込みで「ファイルの値にする」を選べば直せます。"
        )
        page.parts.append(
            FormPart(away, "一覧表から除く", "この入院を一覧表から除く", "remove", text=text, folded=True)
        )
    page.status = 400 if form.is_bound or back.is_bound or away.is_bound else 200
    return show(request, page)


def _stay_page(request: RecordsRequest, found: Stay) -> Shown:
    patient = found.patient
    state = state_of(found.summary_events.all(), RoomSettings.of(request.site))
    counted = (
        f"{found.submitted}（この日を提出日と数えます）"
        if found.submitted
        else "数えられる提出はまだありません"
    )
    events = [
        (
            moment(one.at),
            Step(one.step).label,
            " ".join(filter(None, (one.author, Profession(one.profession).label if one.profession else ""))),
            one.note,
            "取り消した" if one.taken_back else "",
        )
        for one in found.summary_events.all()
    ]
    own = request.records == Records.OWN
    above, label = ("records-summaries", "退院時要約") if own else ("records-search", "検索")
    return Shown(
        f"{patient}　{found.admitted}入院",
        crumbs=(Crumb(label, reverse(above, args=(request.site.slug,))), Crumb("入院")),
        parts=[
            Details(
                [
                    ("患者番号", patient.number),
                    ("氏名", patient.kanji),
                    ("カナ氏名", patient.kana),
                    ("生年月日", patient.birth),
                    ("年齢（入院日）", found.age),
                    ("性別", patient.get_sex_display()),
                    ("郵便番号", patient.postal),
                    ("住所", patient.address),
                    ("入院日", found.admitted),
                    ("退院日", found.discharged or "入院中"),
                    ("在院日数", found.days),
                    ("担当診療科", found.department),
                    ("担当医", found.doctor),
                    ("入院経路", found.route),
                    ("転帰", found.outcome),
                    ("退院先", found.destination),
                ]
            ),
            Table(
                "病名",
                ("区分", "ICD", "病名"),
                [
                    (f"{one.get_role_display()}{one.seq}", one.icd_text, one.name)
                    for one in found.diagnoses.all()
                ],
            ),
            Table(
                "手術",
                ("Kコード", "手術日", "手術名"),
                [(one.code_text, one.on, one.name) for one in found.operations.all()],
            ),
            Table(
                "退院時要約の記録",
                ("日時", "したこと", "作成者", "覚え書き", ""),
                events,
                empty="記録はまだありません。",
            ),
            Words(
                [f"{counted}。{state.why}"]
                if found.discharged
                else ["入院中です。要約の期限は退院してから決まります。"]
            ),
        ],
    )


urlpatterns = [
    path("s/<slug:site>/records/", home, name="records"),
    path("s/<slug:site>/records/stays/<int:stay>/", stay, name="records-stay"),
]
