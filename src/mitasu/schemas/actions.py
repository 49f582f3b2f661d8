"""What comes out of the commands that lead from a judgement to action (written by `mitasu.judge.serial_actions`)."""

from __future__ import annotations

from mitasu.judge.due import KINDS as DEADLINES
from mitasu.judge.filings import WORDS as FILINGS
from mitasu.judge.history import EXPOSURES
from mitasu.judge.judgement import REQUIREMENT_STATUSES, STATUSES
from mitasu.judge.links import KINDS as LINKS
from mitasu.judge.words import STATUS_WORDS
from mitasu.rulebook import ENCOUNTER_KINDS, SECTORS, Rulebook
from mitasu.schemas.answers import STATUS_LABELS, pays
from mitasu.schemas.parts import (
    ISO_MONTH,
    Schema,
    closed,
    day,
    document,
    flag,
    identifier,
    ids,
    mapping,
    or_null,
    ref,
    rows,
    text,
    words,
)

ANSWERS = ("filings", "deadlines", "improvements", "differences", "history", "changes", "links")
"""The answers, each a part of its own name in the schema."""
_YEN: Schema = {"type": ["integer", "null"]}
_COUNT: Schema = {"type": "integer", "minimum": 0}


def actions_schema(rulebook: Rulebook) -> Schema:
    """The schema of filings, deadlines, improvements, differences, history, changes and links."""
    addition = ids(rulebook.titles, "加算のid")
    parts = {
        "filings": _listed(
            "filings", rows(ref("filing"), "加算ごとの届出"), accepted=day("受理されるとした日")
        ),
        "deadlines": _listed("deadlines", rows(ref("deadline"), "日の順")),
        "improvements": _listed("improvements", rows(ref("improvement"), "手間あたりの円の順")),
        "differences": _listed("differences", rows(ref("difference"), "変わる判定だけ")),
        "history": _history(),
        "changes": _changes(),
        "links": rows(ref("link"), "加算どうしのつながり"),
        "addition": addition,
        "standing": _standing(),
        "filing": _filing(),
        "deadline": _deadline(),
        "improvement": _improvement(),
        "difference": _difference(),
        "link": _link(rulebook),
    }
    return document(
        "判定から行動へ",
        "届出、期限、次の一歩、もしも、履歴、制度の変化、つながり（mitasu filings・deadlines・improve・history・changes・rules graph の --json）。",
        {"oneOf": [ref(name) for name in ANSWERS]},
        parts,
    )


def _whole(properties: dict[str, Schema], description: str = "") -> Schema:
    """A mapping in which every key is always there."""
    return closed(properties, properties, description)


def _listed(name: str, found: Schema, **more: Schema) -> Schema:
    return _whole({"on": day("判定した日"), **more, name: found})


def _month(description: str) -> Schema:
    return {"type": "string", "pattern": ISO_MONTH, "description": description}


def _standing() -> Schema:
    properties = {
        "status": words({status: STATUS_LABELS[status] for status in STATUSES}, "判定"),
        "level": or_null(text("区分")),
        **pays(),
    }
    return closed(properties, ("status", "level", "points"), "ある日の判定")


def _filing() -> Schema:
    return _whole(
        {
            "addition": ref("addition"),
            "title": text("加算の名前"),
            "item": text("届け出るもの。加算のid、または点数を高くする届出のid"),
            "action": words(FILINGS, "すること"),
            "why": text("理由"),
            "level": or_null(text("届け出る、または算定している区分")),
            "pays": text("その区分の点数"),
            "forms": rows(text(), "届出の様式"),
            "report_forms": rows(text(), "定例報告の様式"),
            "attachments": rows(text(), "添える書類"),
            "note": text("届出についての注意"),
            "claimable_from": or_null(day("この日から算定できる")),
            "law_from": or_null(
                day("届出が有効になるまでに規則が変わるとき、その日。この日からの規則による答え")
            ),
            "missing": rows(identifier(), "先に満たす要件のid"),
            "unknown": rows(text(), "答えを決める未確認の事実のid"),
        }
    )


def _deadline() -> Schema:
    return _whole(
        {
            "day": day("期限の日"),
            "kind": words(DEADLINES, "種類"),
            "title": text("こと"),
            "note": text("すること"),
            "addition": {
                "anyOf": [ref("addition"), {"type": "null"}],
                "description": "加算。全体に関わるなら null",
            },
            "key": text("日が動いても変わらない名前"),
            "post_by": or_null(day("郵送ならこの日までに投函する")),
            "overdue": flag("期限が過ぎたのに済んでいない"),
            "sources": rows(text(), "出典"),
        }
    )


def _gain() -> dict[str, Schema]:
    kinds = {"enum": list(ENCOUNTER_KINDS)}
    return {
        "gained": mapping(
            {"type": "integer"}, kinds, "受診の種類ごとに増える点数（訪問看護ステーションは円）"
        ),
        "yen_a_month": _YEN | {"description": "ひと月の円。回数が分からなければ null"},
        "yen_a_year": _YEN | {"description": "その12倍"},
        "inputs": text("円のもとにした回数と点数"),
    }


def _improvement() -> Schema:
    return _whole(
        {
            "addition": ref("addition"),
            "title": text("加算の名前"),
            "level": text("届く区分"),
            "changes": rows(text(), "すること"),
            **_gain(),
            "at_most": flag("対象の患者が限られ、円は多くともこの額"),
            "limits": rows(text(), "算定の回数の決まり"),
            "files": flag("届出が要る"),
            "forms": rows(text(), "様式"),
            "claimable_from": or_null(
                day("算定開始日。届出は2週間で受理され、利用率は今月から上がったとして")
            ),
            "law_from": or_null(day("算定開始までに規則が変わるとき、その日。この日からの規則による一歩")),
            "conflicts": rows(text(), "併せて算定できない加算と、よりよい方"),
        }
    )


def _difference() -> Schema:
    return _whole(
        {
            "addition": ref("addition"),
            "title": text("加算の名前"),
            "before": ref("standing"),
            "after": ref("standing"),
            "requirements": rows(identifier(), "答えの変わる要件のid"),
            **_gain(),
        }
    )


def _history() -> Schema:
    statuses = "|".join(dict.fromkeys((*STATUSES, *REQUIREMENT_STATUSES)))
    run = {
        "id": {"anyOf": [identifier(), {"const": ""}], "description": '要件のid。加算そのものは ""'},
        "label": text("要件の名前"),
        "status": {
            "type": "string",
            "pattern": f"^({statuses})( .+)?$",
            "description": "判定か要件の答え（"
            + "、".join(f"{k}＝{v}" for k, v in STATUS_WORDS.items())
            + "）。算定できる月は区分が続く",
        },
        "from": _month("最初の月"),
        "to": _month("最後の月"),
        "why": text("最初の月の理由"),
    }
    exposure = {
        "month": _month("算定した月"),
        "count": {"type": ["integer", "null"], "minimum": 0, "description": "算定した回数"},
        "level": or_null(text("算定した区分")),
        "encounter": or_null(words(ENCOUNTER_KINDS, "受診の種類")),
        "points": {
            "type": ["integer", "null"],
            "minimum": 0,
            "description": "1回の点数（訪問看護ステーションは円）",
        },
        "status": words(EXPOSURES, "なぜか"),
        "yen": _YEN | {"description": "返還になりうる円。分からなければ null"},
        "inputs": text("円のもとにした回数と点数"),
        "why": text("理由"),
    }
    return _whole(
        {
            "addition": ref("addition"),
            "title": text("加算の名前"),
            "from": _month("最初の月"),
            "to": _month("最後の月"),
            "runs": rows(_whole(run), "同じ状態の続いた月"),
            "exposures": rows(_whole(exposure), "根拠のない算定"),
            "yen": _COUNT | {"description": "返還になりうる円の合計（分かる月だけ）"},
        }
    )


def _changes() -> Schema:
    rule = {
        "addition": ref("addition"),
        "title": text("加算の名前"),
        "sector": words(SECTORS, "部門"),
        "days": rows(day(), "規則の変わる日", 1),
        "lines": rows(text(), "変わること", 1),
    }
    move = {
        "institution": text("施設の名前"),
        "code": text("医療機関コード"),
        "on": day("制度の変わる日"),
        "addition": ref("addition"),
        "title": text("加算の名前"),
        "before": ref("standing"),
        "after": ref("standing"),
        "filing": {"anyOf": [ref("filing"), {"type": "null"}], "description": "要る届出"},
    }
    return _whole(
        {
            "from": day("前の日"),
            "to": day("後の日"),
            "rules": rows(_whole(rule), "変わった規則"),
            "moves": rows(_whole(move), "動いた判定"),
        }
    )


def _link(rulebook: Rulebook) -> Schema:
    items = {id_: entry.label for id_, entry in rulebook.catalogue.of("filing_item").items()}
    return _whole(
        {
            "addition": ref("addition"),
            "kind": words(LINKS, "つながり"),
            "other": ids({**items, **rulebook.titles}, "相手の加算か届出"),
            "why": text("どの要件や決まりによるか"),
        }
    )
