"""The light of a site's backups, from what is fresh now: never from the last success, which stays a success for ever.

Each alarm says what is wrong and what to do. Whoever asks gives the moment; nothing is remembered here, so that
a scheduler that stopped without a word turns the light red all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils import timezone

from mitasu.server.accounts.models import Site
from mitasu.server.continuity.health import (
    CANARY_LASTS,
    DRILL_LASTS,
    FULL_LASTS,
    SAMPLE_LASTS,
    Health,
    healths,
)
from mitasu.server.continuity.models.backups import (
    Escrow,
    Look,
    MediumKind,
    RestoreDrill,
    Run,
    State,
    Target,
)
from mitasu.server.continuity.models.media import MediumEvent, MediumState
from mitasu.server.continuity.offline import KEPT_WITHIN, PROBED_WITHIN, removable

WATCHED_WITHIN = timedelta(minutes=30)
ATTACHED_WITHIN = timedelta(hours=3)
"""A medium that stays attached longer is not offline any more."""


class Light(StrEnum):
    """The colours, from nothing set up to red."""

    GREY = "grey"
    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


WORDS = {
    Light.GREY: "まだ設定していません",
    Light.GREEN: "すべて新しく、確かめてあります",
    Light.YELLOW: "確かめることがあります",
    Light.RED: "いま手を打つことがあります",
}
SIGNS = {Light.GREY: "－", Light.GREEN: "○", Light.YELLOW: "△", Light.RED: "✕"}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is not as it should be; `remedy`: what to do."""

    light: Light
    what: str
    remedy: str
    target: Target | None = None


def alarms(site: Site, at: datetime) -> list[Alarm]:
    """Everything that is not as it should be at a moment, the worst first."""
    found: list[Alarm] = []
    health = healths(site, at)
    for one in health:
        found += _of_target(one, at)
    found += _of_media(site, at)
    if health:
        found += _of_site(site, at)
    return sorted(found, key=lambda one: one.light != Light.RED)


def light(site: Site, at: datetime, found: list[Alarm] | None = None) -> Light:
    """The light of a site."""
    if not Target.objects.filter(site=site, active=True).exists():
        return Light.GREY
    found = alarms(site, at) if found is None else found
    if not found:
        return Light.GREEN
    return Light.RED if any(one.light == Light.RED for one in found) else Light.YELLOW


def _of_target(one: Health, at: datetime) -> Iterator[Alarm]:
    target = one.target
    if target.medium != MediumKind.REMOVABLE:
        yield from _freshness(one, at)
    if target.held_since is not None:
        yield Alarm(
            Light.RED,
            f"{target.label}：隔離した世代があり、消すことを止めています。",
            "端末とサーバーを調べ、世代を受け入れるか、捨てるかを決めてください。",
            target,
        )
    if one.damaged:
        yield Alarm(
            Light.RED,
            f"{target.label}：保管したデータに壊れたところがあります。",
            "ほかの保管先の世代を使えるようにし、媒体を調べ、この保管先を作り直してください。",
            target,
        )
    if one.unread:
        parts = "、".join(map(str, one.unread))
        yield Alarm(
            Light.RED,
            f"{target.label}：7つに分けたデータのうち{parts}番を、一週間のうちに読めていません。",
            "mitasu backup verify を行い、定時の実行（mitasu tick）が動いているかを調べてください。",
            target,
        )
    if target.append_only:
        yield from _canary(one, at)
    if one.generations and target.medium != MediumKind.REMOVABLE:
        yield from _restores(one, at)
    if target.generations.filter(missing_since__isnull=False, forgotten_at=None).exists():
        yield Alarm(
            Light.RED,
            f"{target.label}：台帳にある世代が、保管先から消えています。",
            "だれが消したかを調べてください。消えた世代は数えません。",
            target,
        )


def _freshness(one: Health, at: datetime) -> Iterator[Alarm]:
    target = one.target
    last = one.last
    if last is None:
        failed = Run.objects.filter(target=target).order_by("-pk").first()
        why = f"（{failed.told}）" if failed and failed.told else ""
        yield Alarm(
            Light.RED,
            f"{target.label}：受け入れた世代が一つもありません{why}。",
            "mitasu backup run を行い、断られた理由を直してください。",
            target,
        )
    elif one.ahead:
        yield Alarm(
            Light.RED,
            f"{target.label}：最後の世代（{_time(last.at)}）が、今より先の時刻です。",
            "時計を合わせ、世代の時刻を確かめてください。",
            target,
        )
    elif not one.fresh:
        newest = target.generations.order_by("-number").first()
        why = (
            f"最後に作った写しは受け入れていません（{newest.reasons[0]}）。"
            if newest and newest.reasons
            else ""
        )
        yield Alarm(
            Light.RED,
            f"{target.label}：最後の世代は {_time(last.at)} のものです（{_hours(one.allowed)}以内のはずです）。",
            f"{why}定時の実行が動いているかを調べ、mitasu backup run を行ってください。",
            target,
        )
    else:
        yield from _last_try(one)


def _last_try(one: Health) -> Iterator[Alarm]:
    """The last attempt, where what it made did not count although an earlier generation is still fresh."""
    target = one.target
    run = Run.objects.filter(target=target).exclude(outcome="").order_by("-pk").first()
    if run is None or run.outcome in ("accepted", "nothing", "quarantined"):
        return
    made = run.generations.first()
    if made is not None and made.decided_at is not None:
        return
    yield Alarm(
        Light.YELLOW,
        f"{target.label}：最後の実行（{_time(run.began_at)}）の写しを数えていません（{run.told}）。",
        "理由を直すか、正しいと分かっていれば、保管先の画面か mitasu backup accept で受け入れてください。",
        target,
    )


def _canary(one: Health, at: datetime) -> Iterator[Alarm]:
    target, last = one.target, one.canary
    if last is not None and last.well is False:
        yield Alarm(
            Light.RED,
            f"{target.label}：消せない・書き換えられないはずの保管先で、消すか上書きができてしまいました。",
            "保管先の設定（追記だけ）を直し、mitasu backup canary で確かめてください。",
            target,
        )
    elif last is None or last.well is None or at - last.at > CANARY_LASTS:
        yield Alarm(
            Light.YELLOW,
            f"{target.label}：消せないことを、この8日のうちに確かめられていません。",
            "mitasu backup canary を行ってください。",
            target,
        )


def _restores(one: Health, at: datetime) -> Iterator[Alarm]:
    target = one.target
    begun = one.target.generations.order_by("number").values_list("at", flat=True).first() or at
    rows = (
        (one.sample, SAMPLE_LASTS, "抜き取りの復元", "mitasu backup verify --sample"),
        (one.full, FULL_LASTS, "全部の復元", "mitasu backup verify --full"),
    )
    for last, lasts, what, command in rows:
        since = last.at if last is not None else begun
        if at - since > lasts:
            yield Alarm(
                Light.YELLOW,
                f"{target.label}：{what}を、この{lasts.days}日のうちに確かめていません。",
                f"{command} を行ってください。",
                target,
            )


def _of_media(site: Site, at: datetime) -> Iterator[Alarm]:
    media = removable(site)
    here = (MediumState.ATTACHED, MediumState.COPIED, MediumState.VERIFIED, MediumState.DETACHED)
    for medium in media:
        if medium.state in here and medium.attached_at and at - medium.attached_at > ATTACHED_WITHIN:
            yield Alarm(
                Light.RED,
                f"媒体「{medium.label}」が {_time(medium.attached_at)} からつながったままです。",
                "写し終えたら mitasu media detach で切り離し、外して保管してください。",
                medium.target,
            )
        if medium.state == MediumState.OFFLINE and (
            medium.probed_at is None or at - medium.probed_at > PROBED_WITHIN
        ):
            yield Alarm(
                Light.YELLOW,
                f"媒体「{medium.label}」がつながっていないことを、この一日のうちに見ていません。",
                "mitasu media probe を行うか、mitasu watch を動かしてください。",
                medium.target,
            )
        seen = medium.seen_at or medium.state_at
        if at - seen > KEPT_WITHIN:
            yield Alarm(
                Light.YELLOW,
                f"媒体「{medium.label}」を{KEPT_WITHIN.days}日より長く使っていません。",
                "つないで写し、読み返してください。使わない媒体は、なくしたものとして記録してください。",
                medium.target,
            )
    for event in MediumEvent.objects.filter(medium__in=media, alarm=True, answered_at=None):
        yield Alarm(
            Light.RED,
            f"媒体「{event.medium.label}」：{event.told}",
            "調べて、対応を記録してください。",
            event.medium.target,
        )


def _of_site(site: Site, at: datetime) -> Iterator[Alarm]:
    targets = Target.objects.filter(site=site, active=True)
    for target in targets:
        custodians = Escrow.objects.filter(target=target).values("custodian").distinct().count()
        if custodians < 2:
            yield Alarm(
                Light.YELLOW,
                f"{target.label}：鍵を預かる人が{custodians}人です（2人以上に預けます）。",
                "mitasu backup escrow で、別々の人に預けてください。鍵をなくすと、写しは二度と開けません。",
                target,
            )
    drill = RestoreDrill.objects.filter(site=site).exclude(released_at=None).order_by("-released_at").first()
    if drill is not None and drill.well is False:
        yield Alarm(
            Light.RED, "最後の復元訓練で、復旧できませんでした。", "原因を直し、もう一度訓練してください。"
        )
    elif drill is None or drill.released_at is None or at - drill.released_at > DRILL_LASTS:
        yield Alarm(
            Light.YELLOW,
            "空の場所への復元訓練を、この一年のうちに行っていません。",
            "mitasu drill start で始めてください。",
        )
    look = Look.objects.filter(site=site).first()
    if look is None or at - look.at > WATCHED_WITHIN:
        yield Alarm(
            Light.YELLOW,
            "見張り（mitasu watch）が動いていません。"
            if look is None
            else f"見張りが {_time(look.at)} から動いていません。",
            "定時の実行とは別に、mitasu watch を動かし続けてください。",
        )


def _time(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _hours(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    return f"{hours // 24}日" if hours >= 48 and not hours % 24 else f"{hours}時間"


def quarantined(site: Site) -> int:
    """How many generations of a site wait in quarantine."""
    return sum(
        target.generations.filter(state=State.QUARANTINED, forgotten_at=None).count()
        for target in Target.objects.filter(site=site)
    )
