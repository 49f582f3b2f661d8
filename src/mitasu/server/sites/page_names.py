"""What each page of a site is called, for where an address has to be told in words: the audit trail.

The names are those of the navigation, the crumbs and the headings. An address is read by the application's own
addresses, so that a record of any day is told by the names of today; what cannot be read stays as it was recorded.
The API, which stands above the pages, says itself what its operations are called (`operations_are`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from django.urls import Resolver404, ResolverMatch, resolve

from mitasu.server.ledger.law import rulebook

NAMES = {
    "site-home": "ホーム", "why": "根拠", "confirm-entry": "記録の承認",
    "questions": "質問", "question": "質問",
    "rates": "利用率",
    "facts": "事実", "fact": "事実", "person-left": "事実：職員が退職した",
    "todo": "やること", "todo-print": "やること（印刷）", "task": "やること：一件", "task-new": "やることを足す",
    "calendar-make": "カレンダーのアドレスを作る", "calendar-revoke": "カレンダーのアドレスを止める",
    "filings": "届出", "filing-road": "届出の道", "filing-form-page": "届出書", "filing-form": "届出書のファイル",
    "filing-send": "届出：送付の記録", "filing-accept": "届出：受理の記録",
    "filing-withdraw": "届出：辞退の記録", "filing-take-back": "届出：記録の取消し",
    "postings": "掲示", "posting-record": "掲示：掲げた記録", "posting-fill": "掲示：施設で書くところ",
    "posting-file": "掲示のファイル", "posting-check": "公開したページの点検",
    "evidence": "証拠台帳", "evidence-add": "証拠を足す", "evidence-verify": "鎖の検証", "evidence-entry": "証拠",
    "evidence-retract": "証拠の取消し", "evidence-file": "証拠のファイル",
    "binder": "適時調査ファイル", "binder-made": "適時調査ファイルの一件", "binder-state": "適時調査ファイルの進み具合",
    "binder-file": "適時調査ファイルの受け取り",
    "claims": "レセプト", "claims-made": "レセプトの突き合わせ", "claims-state": "レセプトの突き合わせの進み具合",
    "claims-file": "レセプトの突き合わせの結果", "claims-save": "レセプトの突き合わせの結果のファイル",
    "what-if": "もしも", "scenario-compare": "もしも：案を比べる", "scenario": "もしも：保存した案",
    "exchange": "取り込みと書き出し", "export-staff": "職員の一覧の書き出し", "export-institution": "施設ファイルの書き出し",
    "import-institution": "施設ファイルの取り込み", "import-filings": "届出の名簿の取り込み",
    "import-staff": "職員の一覧の取り込み", "import-rates": "利用率の取り込み",
    "site-settings": "設定", "site-profile": "所在地・開設者・受診の数", "site-institution": "施設の名前・コード・種類",
    "site-members": "利用者と役割", "site-member-role": "利用者と役割：役割を変える",
    "site-member-remove": "利用者と役割：役割を外す", "site-member-link": "利用者と役割：サインインのリンク",
    "site-archive": "施設を閉じる", "site-reopen": "施設を再び開く",
    "site-trail": "監査記録", "site-trail-csv": "監査記録のCSV",
    "records": "診療録", "records-stay": "診療録：入院の一件", "records-search": "診療録の検索",
    "records-found": "診療録の検索の結果", "records-keep": "診療録の検索を残す", "records-extract": "診療録の抽出",
    "records-extractions": "診療録の抽出の記録", "records-outpatient": "外来の病名",
    "records-summaries": "退院時要約", "records-remind": "退院時要約の督促", "records-month": "退院時要約の月",
    "records-statistics": "疾病統計", "records-import": "診療録の取り込み",
    "records-import-kind": "診療録の取り込み", "records-lending": "貸出と開示", "records-disclosure": "開示の請求の一件",
    "records-retention": "保存と廃棄", "records-staff": "診療記録管理者", "records-staff-member": "診療記録管理者の一人",
    "records-staff-publish": "診療記録管理者を台帳に載せる", "records-facts": "一覧表から分かる事実",
    "records-room": "診療録の設定", "records-access": "診療録を見られる人",
    "continuity": "バックアップ", "continuity-target": "バックアップの保管先", "continuity-media": "取り外す媒体",
    "continuity-restores": "復元訓練", "continuity-setup": "バックアップの設定",
    "bcp": "BCP・訓練", "bcp-plan": "業務継続計画", "bcp-plan-version": "業務継続計画の版",
    "bcp-plan-topic": "業務継続計画の項目", "bcp-plan-approve": "業務継続計画の承認",
    "bcp-plan-compare": "業務継続計画の変更点", "bcp-plan-pdf": "業務継続計画のPDF",
    "bcp-drills": "BCPの訓練", "bcp-drill-add": "訓練を記録する", "bcp-drill": "訓練の記録",
    "bcp-contacts": "非常時の連絡網", "bcp-contacts-edit": "連絡網を直す", "bcp-contacts-pdf": "連絡網のPDF",
    "bcp-managers": "安全管理責任者",
    "bcp-trainings": "情報セキュリティ研修", "bcp-training-add": "研修を記録する", "bcp-training": "研修の記録",
    "bcp-training-roster": "研修の名簿",
    "bcp-checklist": "サイバーセキュリティの点検表", "bcp-checklist-sheet": "点検表",
    "bcp-checklist-sign": "点検表の署名", "bcp-checklist-pdf": "点検表のPDF", "bcp-checklist-compare": "点検表の年度の比較",
    "bcp-checklist-items": "点検表の項目のファイル", "bcp-checklist-vendor": "事業者の点検表",
    "bcp-checklist-vendor-sign": "事業者の点検表の署名", "bcp-checklist-vendor-pdf": "事業者の点検表のPDF",
    "bcp-contracts": "契約・規程", "bcp-contract-add": "契約・規程を記録する",
    "bcp-contract-withdraw": "契約・規程の取消し",
}  # fmt: skip
"""Every address of a site by its name among the addresses."""
_ADDRESS = re.compile(r"(?:(GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE) )?(/\S*)(?: (.+))?")
Operations = Callable[[], Mapping[tuple[str, str], str]]
_told_by: list[Operations] = []


def operations_are(told: Operations) -> None:
    """Takes over who says what the operations of the API are called: by method and pattern of the address."""
    _told_by[:] = [told]


def in_words(what: str) -> str:
    """What an audit record is about: an address as the name of its page, anything else as it is.

    >>> in_words("施設を作る：site-1")
    '施設を作る：site-1'
    """
    found = _ADDRESS.fullmatch(what)
    if found is None:
        return what
    method, path, rest = found.groups()
    try:
        match = resolve(path)
    except Resolver404:
        return what
    name = _named(method or "GET", match)
    return what if not name else f"{name}：{rest}" if rest else name


def _named(method: str, match: ResolverMatch) -> str:
    """The name of a page or an operation with what it is about: an addition, a fact."""
    if match.namespaces:
        name = next((told().get((method, match.route), "") for told in _told_by), "")
    else:
        name = NAMES.get(match.url_name or "", "")
    about = _about({key: str(value) for key, value in match.kwargs.items()})
    return f"{name}（{about}）" if name and about else name


def _about(given: Mapping[str, str]) -> str:
    if "addition" in given:
        return rulebook().titles.get(given["addition"], "")
    entry = next(
        (
            found
            for key in ("fact", "question", "series", "event")
            if (found := rulebook().catalogue.get(given.get(key, ""))) is not None
        ),
        None,
    )
    return "" if entry is None else entry.label
