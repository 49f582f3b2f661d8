"""Sample plans for the sample hospital: a draft of the BCP, its drill, contact tree, training, checklist and contract.

Nothing of it goes into the ledger, whose sample entries stay as the sample file gives them; so it is planted
quickly, and no judgement of the sample depends on it. All names and numbers are made up.
"""

from __future__ import annotations

from datetime import date

from django.db import transaction

from mitasu.server.accounts.models import Site
from mitasu.server.continuity.models.plans import (
    Answer,
    Attendee,
    ContactTree,
    Contract,
    Drill,
    PlanVersion,
    Sheet,
    Training,
)
from mitasu.server.continuity.plans import checklist, drills, trainings
from mitasu.server.continuity.plans.items import shipped
from mitasu.server.continuity.plans.outline import outline
from mitasu.server.continuity.plans.proofs import events_of
from mitasu.server.ledger.fold import known

WHO = "見本 太郎"
TEXTS = {
    "scope": "サイバー攻撃、停電、機器の故障で電子カルテが30分を超えて止まるときに発動する。発動は病院長が決め、不在のときは副院長が代わる。",
    "assets": "機器の台帳（システム担当の棚、毎月更新）を正とする。止まると診療に響くのは、電子カルテ、オーダリング、レセプト、画像、検査。",
    "network-diagram": "構成図はサーバー室の棚に紙で置く。外部との接続口は、保守用の回線、資格確認の回線、職員用の無線の三つ。",
    "impact": "電子カルテ：外来は2時間、病棟は6時間まで紙で続けられる。戻す順は、検査、オーダリング、電子カルテ、レセプト、画像。",
    "contact-tree": "連絡網（この画面で管理）を、受付、各病棟、サーバー室に紙で置く。",
    "training": "毎年2月に訓練、5月に研修を行い、結果を診療記録管理委員会に報告する。",
    "backup-check": "NASに毎日、切り離して保管するRDXに毎日。5世代。戻す試験は年2回。",
    "stop-decision": "外部との接続は安全管理責任者が、診療の制限は病院長が決める。",
    "paper-operation": "紙の伝票と処方箋は、外来は処置室、病棟は詰所の赤い箱に置く。",
}
CONTACTS = (
    ("医療情報システム安全管理責任者", WHO, "000-0000-0001", "夜間・休日も"),
    ("病院長", "見本 花子", "000-0000-0002", "止める判断"),
    ("電子カルテの保守の会社", "", "000-0000-0003", "24時間"),
    ("都道府県の担当課", "", "000-0000-0004", "平日の日中"),
)
STAFF = (("看護部", 8), ("医事課", 3), ("薬剤部", 3))


def plant(site: Site) -> None:
    """Makes the sample plans of a site that has none."""
    if PlanVersion.objects.filter(site=site).exists():
        return
    topics = outline().topics
    with transaction.atomic():
        PlanVersion.objects.create(
            site=site,
            number=1,
            outline=outline().version,
            changed_name=WHO,
            topics={
                id_: {"text": text, "owner": topics[id_].owner, "done": True} for id_, text in TEXTS.items()
            },
        )
        ContactTree.objects.create(
            site=site,
            number=1,
            rows=[dict(zip(("role", "name", "telephone", "note"), row, strict=True)) for row in CONTACTS],
            made_name=WHO,
            checked_on=date(2026, 4, 10),
            checked_name=WHO,
        )
        _events(site)
        _sheet(site)
        Contract.objects.create(
            site=site,
            kind="contract",
            title="電子カルテ保守契約書",
            party="見本システム株式会社",
            clause="第12条",
            text="乙は、バックアップの媒体を、転送のときを除いて切り離して保管する。",
            first_day=date(2026, 4, 1),
            last_day=date(2027, 3, 31),
        )


def _events(site: Site) -> None:
    """What the sample file tells of the latest drill and training, with details."""
    found = known(site)
    for event in events_of(found, drills.EVENT)[:1]:
        Drill.objects.create(
            site=site,
            on=date.fromisoformat(str(event.body["on"])),
            scenario="電子カルテのサーバーが暗号化され、外来を紙の伝票に切り替える。",
            led_by=event.body["led_by"],
            participants=[{"role": "看護部", "count": 12}, {"role": "医事課", "count": 4}],
            result="20分で紙の伝票に切り替え、検査の依頼を紙で回した。",
            found=bool(event.body.get("findings")),
            reviewed=True,
            event=event.number,
        )
    for event in events_of(found, trainings.EVENT)[:1]:
        on = date.fromisoformat(str(event.body["on"]))
        people = [(name, index) for name, count in STAFF for index in range(1, count + 1)]
        training = Training.objects.create(
            site=site,
            on=on,
            title="標的型メールの見分け方",
            medium=event.body.get("medium", ""),
            led_by_manager=True,
            asked=len(people),
            attended=len(people) - 1,
            roster="見本の名簿.csv",
            event=event.number,
        )
        Attendee.objects.bulk_create(
            Attendee(
                training=training,
                code=f"{number:03d}",
                name=f"見本 {index}番",
                department=name,
                attended_on=None if number == len(people) else on,
            )
            for number, (name, index) in enumerate(people, 1)
        )


def _sheet(site: Site) -> None:
    """A checklist that is nearly done."""
    items = shipped()[2025]
    sheet = Sheet.objects.create(site=site, year=items.year, definition=items.digest)
    on = date(2025, 11, 10)
    asked = [item.id for _, found in items.asked(vendor=False) for item in found]
    last = checklist.days_of(items.year)[1]
    Answer.objects.bulk_create(
        Answer(
            sheet=sheet,
            item=id_,
            value="no" if id_ == "two-factor" else "yes",
            on=on,
            target=last if id_ == "two-factor" else None,
            given_name=WHO,
        )
        for id_ in asked
        if id_ != "rules"
    )
