"""`mitasu records show|remove|stats|batches|template|extractions|saved|settings`: the room's other pages as commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mitasu.cli.app import On
from mitasu.cli.context import day, month
from mitasu.cli.records import As, Room, SiteName, enter, records_app, table, under_records, write
from mitasu.cli.records_room import Stay_, stay_of
from mitasu.cli.server import Data, ready
from mitasu.errors import UsageError
from mitasu.text import nearest

saved_app = under_records("saved", "残した検索：残す・一覧・行う・消す（利用者ごと。--as が要ります）。")
settings_app = under_records("settings", "診療録管理の設定。")
Name = Annotated[str, typer.Argument(metavar="NAME", help="残した検索の名前")]


def _at(moment: Any) -> str:
    from django.utils import timezone

    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


# ---- one stay -----------------------------------------------------------------------------------------------------


@records_app.command("show")
def show(stay: Stay_, site: SiteName, as_: As = None, data: Data = None) -> None:
    """一つの入院：患者、病名、手術、退院時要約に起きたこと。"""
    room = enter(site, as_, data, "own")
    from mitasu.server.records.models import Profession, RoomSettings, Step
    from mitasu.server.records.summaries import state_of

    found = stay_of(room, stay)
    room.audit("view", f"入院{stay}")
    patient = found.patient
    for label, value in (
        ("患者番号", patient.number), ("氏名", patient.kanji), ("カナ氏名", patient.kana), ("生年月日", patient.birth),
        ("年齢（入院日）", found.age), ("性別", patient.get_sex_display()), ("郵便番号", patient.postal),
        ("住所", patient.address), ("入院日", found.admitted), ("回数", found.count or ""),
        ("退院日", found.discharged or "入院中"), ("担当診療科", found.department), ("担当医", found.doctor),
        ("入院経路", found.route), ("転帰", found.outcome), ("退院先", found.destination),
    ):  # fmt: skip
        if value not in (None, ""):
            typer.echo(f"{label}\t{value}")
    diagnoses = [
        (f"{one.get_role_display()}{one.seq}", one.icd_text, one.name) for one in found.diagnoses.all()
    ]
    table(("病名の区分", "ICD", "病名"), diagnoses, "病名はありません。")
    operations = [(one.code_text, one.on, one.name) for one in found.operations.all()]
    table(("Kコード", "手術日", "手術名"), operations, "手術はありません。")
    events = list(found.summary_events.all())
    rows = [
        (
            one.pk, _at(one.at), Step(one.step).label, one.author,
            Profession(one.profession).label if one.profession else "", "取り消した" if one.taken_back else "",
        )
        for one in events
    ]  # fmt: skip
    table(("記録", "日時", "要約にしたこと", "作成者", "職種", ""), rows, "要約の記録はまだありません。")
    why = state_of(events, RoomSettings.of(room.site)).why
    typer.echo(f"数える提出日：{found.submitted or 'まだありません'}{f'（{why}）' if why else ''}")


@records_app.command("remove")
def remove(
    stay: Stay_,
    site: SiteName,
    reason: Annotated[str, typer.Option("--reason", help="除く理由（監査記録に残ります）")],
    as_: As = None,
    data: Data = None,
) -> None:
    """誤って取り込んだ入院を、病名・手術・要約の記録とともに一覧表から除く。元には戻せない。"""
    room = enter(site, as_, data)
    room.may_change()
    from django.db import transaction

    from mitasu.server.records.removing import remove as away

    with transaction.atomic():
        told = away(stay_of(room, stay), reason)
        room.audit("change", f"診療録：{told}")
    typer.echo(f"入院{stay}を一覧表から除きました。除いたことと理由は監査記録に残ります。")


# ---- statistics ---------------------------------------------------------------------------------------------------


@records_app.command()
def stats(
    site: SiteName,
    first: Annotated[
        str | None, typer.Option("--from", metavar="MONTH", help="退院した月（から）。省くと1年前")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="MONTH", help="退院した月（まで）。省くと先月")
    ] = None,
    by: Annotated[
        str, typer.Option("--by", help="month 月 / department 診療科 / sex 性別 / age 年齢")
    ] = "month",
    digits: Annotated[int, typer.Option("--digits", help="ICDの桁（3、4、5）", min=3, max=5)] = 3,
    public: Annotated[
        bool, typer.Option("--public", help="公開用：10未満と、それが分かる数を伏せる")
    ] = False,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="OUT", help="CSVに書き出す（公開用になる）")
    ] = None,
    on: On = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """疾病統計：ICDの桁と、月・診療科・性別・年齢ごとの退院数。"""
    room = enter(site, as_, data, "read")
    from mitasu.dates import first_day, last_day, month_of, shift_month
    from mitasu.documents.tables import write_csv
    from mitasu.server.records.statistics import DIMENSIONS, coding, icd_table, operations, published

    if by not in DIMENSIONS:
        raise UsageError(f"--by「{by}」は使えません。{'、'.join(DIMENSIONS)} のどれかです。")
    end = month(last, "--to") if last else shift_month(month_of(day(on)), -1)
    begin = month(first, "--from") if first else shift_month(end, -11)
    if end < begin:
        raise UsageError(
            f"終わりの月（{end}）が始まりの月（{begin}）より前です。--from と --to を確かめてください。"
        )
    found = icd_table(room.site, digits, by, first_day(begin), last_day(end))
    if public or csv is not None:
        found = published(found, digits)
    if csv is not None:
        write(csv, write_csv(["ICD", *found.columns, "計"], found.rows()))
        room.audit("export", f"公開用の疾病統計：{begin}～{end}、{DIMENSIONS[by]}別")
        typer.echo(f"{csv} に書き出しました。")
        return
    room.audit("view", f"疾病統計：{begin}～{end}、{DIMENSIONS[by]}別")
    table(("ICD", *found.columns, "計"), [tuple(row) for row in found.rows()])
    if public:
        return
    coded = coding(room.site, first_day(begin), last_day(end))
    typer.echo(f"主傷病にICDがある退院 {coded.coded:,}/{coded.stays:,}件、うち4桁以上 {coded.detailed:,}件")
    done = operations(room.site, first_day(begin), last_day(end))
    table(
        ("Kコード", "手術", "件数"),
        [(code, name, f"{number:,}") for code, name, number in done],
        "手術はありません。",
    )


# ---- files --------------------------------------------------------------------------------------------------------


@records_app.command("batches")
def batches(site: SiteName, as_: As = None, data: Data = None) -> None:
    """取り込んだファイルと、変わったところの数。"""
    room = enter(site, as_, data)
    from mitasu.server.records.models import ImportBatch

    rows = [
        (_at(one.at), one.name, one.rows, one.made, one.changed, one.same, one.by or "命令")
        for one in ImportBatch.objects.filter(site=room.site).select_related("by")[:100]
    ]
    room.audit("view", "取り込みの一覧")
    table(("取り込んだ日時", "ファイル", "行", "新しい入院", "埋まった", "同じ", "人"), rows)


@records_app.command("template")
def template(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="table 一覧表 / idmap 対応表 / outpatient 外来")
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="書き出すCSV")],
    data: Data = None,
) -> None:
    """取り込むファイルのひな形（見出しだけのCSV）を書き出す。"""
    ready(data)
    from mitasu.documents.tables import write_csv
    from mitasu.server.records.importing.heads import HEADS

    if kind not in HEADS:
        near = nearest(kind, HEADS)
        told = f"近いもの: {near}。" if near else ""
        raise UsageError(f"種類「{kind}」のひな形はありません。{told}{'、'.join(HEADS)} のどれかです。")
    write(out, write_csv(list(HEADS[kind]), []))
    typer.echo(f"{out} に書きました。")


@records_app.command("extractions")
def extractions(site: SiteName, as_: As = None, data: Data = None) -> None:
    """取り出した一覧の記録：だれが、何のために、何件。"""
    room = enter(site, as_, data)
    from mitasu.server.records.extraction import COLUMNS, FORMS
    from mitasu.server.records.models import Extraction

    rows = [
        (
            one.pk, _at(one.at), one.user or "命令", one.purpose, one.conditions, one.rows, FORMS.get(one.form, one.form),
            "・".join(COLUMNS.get(name, name) for name in one.columns), one.digest[:12],
        )
        for one in Extraction.objects.filter(site=room.site).select_related("user")[:500]
    ]  # fmt: skip
    room.audit("view", "取り出した一覧の記録")
    table(("番号", "日時", "人", "目的", "条件", "件数", "形", "列", "ハッシュの初め"), rows)


# ---- kept searches ------------------------------------------------------------------------------------------------


def _own(site: str, as_: str | None, data: Path | None) -> tuple[Room, Any]:
    """The room, and the searches that its user kept."""
    room = enter(site, as_, data, "read")
    if room.user is None:
        raise UsageError("残した検索は利用者ごとのものです。--as で利用者を書いてください。")
    from mitasu.server.records.models import Search

    return room, Search.objects.filter(site=room.site, user=room.user).exclude(name="")


def _of(searches: Any, name: str) -> Any:
    found = searches.filter(name=name).first()
    if found is None:
        near = nearest(name, searches.values_list("name", flat=True))
        raise UsageError(f"残した検索「{name}」はありません。{f'近いもの: {near}。' if near else ''}")
    return found


@saved_app.command("list")
def saved_list(site: SiteName, as_: As = None, data: Data = None) -> None:
    """残した検索の名前と条件。"""
    room, searches = _own(site, as_, data)
    from mitasu.server.records.search.conditions import from_data, told

    room.audit("view", "残した検索")
    table(("名前", "条件"), [(one.name, told(from_data(one.conditions))) for one in searches])


@saved_app.command("keep")
def saved_keep(
    name: Name,
    conditions: Annotated[str, typer.Argument(metavar="CONDITIONS", help="条件（search と同じ書き方）")],
    site: SiteName,
    as_: As = None,
    data: Data = None,
) -> None:
    """条件を名前を付けて残す。同じ名前があれば書き換える。"""
    room, searches = _own(site, as_, data)
    from mitasu.server.records.models import Search
    from mitasu.server.records.search.conditions import to_data
    from mitasu.server.records.search.text import parse
    from mitasu.server.records.writing import saved

    found = searches.filter(name=name).first() or Search(site=room.site, user=room.user, name=name)
    found.conditions = to_data(parse(conditions))
    saved(found)
    room.audit("change", "検索を残す")
    typer.echo(f"検索を「{name}」として残しました。")


@saved_app.command("run")
def saved_run(
    name: Name,
    site: SiteName,
    limit: Annotated[int, typer.Option("--limit", help="示す件数", min=1, max=1000)] = 20,
    as_: As = None,
    data: Data = None,
) -> None:
    """残した検索を行う。"""
    room, searches = _own(site, as_, data)
    from mitasu.cli.records import found_stays
    from mitasu.server.records.search.conditions import from_data

    found_stays(room, from_data(_of(searches, name).conditions), limit)


@saved_app.command("drop")
def saved_drop(name: Name, site: SiteName, as_: As = None, data: Data = None) -> None:
    """残した検索を消す。"""
    room, searches = _own(site, as_, data)
    _of(searches, name).delete()
    room.audit("change", "残した検索を消す")
    typer.echo(f"「{name}」を消しました。")


# ---- settings -----------------------------------------------------------------------------------------------------


@settings_app.command("show")
def settings_show(site: SiteName, as_: As = None, data: Data = None) -> None:
    """いまの設定。"""
    room = enter(site, as_, data)
    from mitasu.server.records.models import RoomSettings
    from mitasu.server.records.settings_form import SettingsForm

    room.audit("view", "診療録管理の設定")
    now = RoomSettings.of(room.site)
    for name in SettingsForm.Meta.fields:
        value, field = getattr(now, name), now._meta.get_field(name)
        label = str(getattr(field, "verbose_name", name))
        typer.echo(f"{name}\t{label}\t{'' if value is None else value}")
    typer.echo(
        "names\t診療科コードの名前\t" + "、".join(f"{one}={name}" for one, name in now.departments.items())
    )


@settings_app.command("set")
def settings_set(
    values: Annotated[
        list[str], typer.Argument(metavar="NAME=VALUE...", help="例：charts_years=10、names=010=内科")
    ],
    site: SiteName,
    as_: As = None,
    data: Data = None,
) -> None:
    """設定を直す。書いたものだけが変わる（項目の名前は settings show に出る）。"""
    room = enter(site, as_, data)
    room.may_change()
    from django.forms.models import model_to_dict

    from mitasu.server.records.models import RoomSettings
    from mitasu.server.records.settings_form import SettingsForm, set_up

    now = RoomSettings.of(room.site)
    said: dict[str, Any] = model_to_dict(now, SettingsForm.Meta.fields)
    departments = dict(now.departments)
    for one in values:
        name, equals, value = one.partition("=")
        if name == "names" and equals:
            code, _, department = value.partition("=")
            departments[code.strip()] = department.strip()
        elif not equals or name not in said:
            near = nearest(name, [*said, "names"])
            raise UsageError(
                f"「{one}」は使えません。項目=値 の形で書きます。{f'近いもの: {near}。' if near else ''}"
            )
        else:
            said[name] = value not in ("", "false", "no") if name == "dentists_count" else value
    said["names"] = "\n".join(f"{code}={name}" for code, name in departments.items())
    form = SettingsForm({key: value for key, value in said.items() if value is not None}, instance=now)
    if not form.is_valid():
        label = {name: str(field.label or name) for name, field in form.fields.items()}
        raise UsageError(
            "\n".join(f"{label.get(name, name)}：{told[0]}" for name, told in form.errors.items())
        )
    changed = set_up(room.site, form)
    room.audit("change", "診療録管理の設定")
    typer.echo(f"設定を直しました。数え直して{changed}件の要約が変わりました。")
