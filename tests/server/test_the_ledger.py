"""The ledger: nothing gets lost, nothing can be changed unseen, and the institution is what the entries say."""

from __future__ import annotations

import errno
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, connection
from sample_files import sample_document

from mitasu.errors import InputError, UsageError
from mitasu.facts import load_institution
from mitasu.server.accounts.models import Site
from mitasu.server.ledger import anchors
from mitasu.server.ledger.append import Draft, Stale, append
from mitasu.server.ledger.files import export_document, import_document
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Entry, Kind
from mitasu.server.ledger.verify import verify
from mitasu.server.sites.judging import answer_of, institution_of

pytestmark = pytest.mark.django_db(transaction=False)
EXAMPLE = "electronic-information-sharing"


def committed(site: Site, drafts: list[Draft], django_capture_on_commit_callbacks: Any) -> list[Entry]:
    with django_capture_on_commit_callbacks(execute=True):
        return append(site, drafts)


def without_triggers(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
        else:
            for change in ("update", "delete"):
                cursor.execute(f"DROP TRIGGER ledger_entry_no_{change}")
        cursor.execute(sql, values)


@pytest.mark.parametrize("sample", ["paper-clinic", "childrens-clinic", "hospital"])
def test_a_round_trip_of_an_institution_file_loses_nothing(make_site: Any, sample: str) -> None:
    site = make_site(sample)
    given = load_institution(sample_document(sample), rulebook())
    assert without_lines(institution_of(site)) == without_lines(given)
    before = export_document(site)
    import_document(site, before)
    assert export_document(site) == before


def without_lines(institution: Any) -> Any:
    facts = {
        id_: [(span.value, span.from_, span.until, span.proof) for span in spans]
        for id_, spans in institution.facts.items()
    }
    return (institution.name, institution.code, facts, institution.series, institution.events,
            institution.people, institution.filings)  # fmt: skip


def test_a_later_value_takes_the_place_of_an_earlier_one_on_the_days_they_share(site: Site) -> None:
    append(
        site,
        [Draft(Kind.FACT, "beds", {"value": 10}), Draft(Kind.FACT, "beds", {"value": 12}, date(2026, 4, 1))],
    )
    spans = institution_of(site).facts["beds"]
    assert [(span.from_, span.until, span.value) for span in spans] == [
        (None, date(2026, 3, 31), 10),
        (date(2026, 4, 1), None, 12),
    ]


def test_a_fact_ends_with_the_evidence_that_proves_it_and_is_unknown_afterwards(site: Site) -> None:
    [paper] = append(site, [Draft(Kind.EVIDENCE, "", {"title": "契約書"}, None, date(2026, 9, 30))])
    append(site, [Draft(Kind.FACT, "online_claims", {"value": True}, proof=paper.number)])
    institution = institution_of(site)
    assert institution.fact("online_claims", date(2026, 9, 30)).value is True
    assert institution.fact("online_claims", date(2026, 10, 1)) is None
    assert answer_of(site, date(2026, 10, 1)).of(EXAMPLE).status == "undetermined"


def test_a_retracted_entry_no_longer_counts_but_stays_in_the_book(site: Site) -> None:
    [entry] = append(site, [Draft(Kind.FACT, "beds", {"value": 19})])
    append(site, [Draft(Kind.RETRACTION, body={"reason": "入力ちがい"}, replaces=entry.number)])
    assert 19 not in [span.value for span in institution_of(site).facts.get("beds", ())]
    assert Entry.objects.filter(site=site, number=entry.number).exists()


def test_what_was_known_at_a_moment_can_be_seen_again(site: Site) -> None:
    before = Entry.objects.filter(site=site).latest("number").recorded_at
    append(site, [Draft(Kind.FACT, "beds", {"value": 7})])
    assert known(site, before).facts["beds"][0].value != 7


def test_a_draft_that_makes_the_institution_unreadable_is_refused_and_nothing_is_written(site: Site) -> None:
    count = Entry.objects.count()
    with pytest.raises(InputError, match="目録にありません"):
        append(site, [Draft(Kind.FACT, "beds", {"value": 3}), Draft(Kind.FACT, "bedz", {"value": 3})])
    assert Entry.objects.count() == count


def test_an_entry_cannot_name_one_that_is_not_there(site: Site) -> None:
    with pytest.raises(UsageError, match="記録9999"):
        append(site, [Draft(Kind.FACT, "beds", {"value": 3}, proof=9999)])


def test_a_writer_who_saw_an_older_state_is_told_so(site: Site) -> None:
    head = known(site).head[1]
    append(site, [Draft(Kind.NOTE, body={"text": "先に"})], expected=head)
    with pytest.raises(Stale, match="先に書き換えました"):
        append(site, [Draft(Kind.NOTE, body={"text": "後から"})], expected=head)


@pytest.mark.parametrize("sql", ["UPDATE ledger_entry SET content = '{}'", "DELETE FROM ledger_entry"])
def test_the_database_refuses_to_change_or_delete_entries(site: Site, sql: str) -> None:
    with pytest.raises(Error, match="append-only"), connection.cursor() as cursor:
        cursor.execute(sql)


def test_an_untouched_ledger_verifies(site: Site, django_capture_on_commit_callbacks: Any) -> None:
    committed(site, [Draft(Kind.NOTE, body={"text": "a"})], django_capture_on_commit_callbacks)
    assert verify(site) == []


def test_verification_finds_an_edited_entry(site: Site, django_capture_on_commit_callbacks: Any) -> None:
    [entry] = committed(site, [Draft(Kind.NOTE, body={"text": "a"})], django_capture_on_commit_callbacks)
    without_triggers("UPDATE ledger_entry SET content = %s WHERE id = %s", '{"text":"b"}', entry.pk)
    assert [found.number for found in verify(site)] == [entry.number]


def test_verification_finds_a_deleted_entry(site: Site, django_capture_on_commit_callbacks: Any) -> None:
    committed(site, [Draft(Kind.NOTE, body={"text": "a"})], django_capture_on_commit_callbacks)
    without_triggers("DELETE FROM ledger_entry WHERE site_id = %s AND number = 3", site.pk)
    assert any("記録3がありません" in found.what for found in verify(site))


def test_verification_finds_entries_cut_off_at_the_end(
    site: Site, django_capture_on_commit_callbacks: Any
) -> None:
    [entry] = committed(site, [Draft(Kind.NOTE, body={"text": "a"})], django_capture_on_commit_callbacks)
    without_triggers("DELETE FROM ledger_entry WHERE id = %s", entry.pk)
    assert [found.number for found in verify(site)] == [entry.number]


def test_verification_finds_a_chain_that_was_written_anew(
    site: Site, own_data: Path, django_capture_on_commit_callbacks: Any
) -> None:
    [entry] = committed(site, [Draft(Kind.NOTE, body={"text": "a"})], django_capture_on_commit_callbacks)
    entry.content = '{"text":"b"}'
    without_triggers(
        "UPDATE ledger_entry SET content = %s, digest = %s WHERE id = %s",
        entry.content,
        entry.computed(),
        entry.pk,
    )
    assert any("外の控え" in found.what for found in verify(site))
    (own_data / "anchors.jsonl").write_text(f'[{site.pk},{entry.number},"{entry.computed()}","x","forged"]\n')
    assert any("書き換えられた行" in found.what for found in verify(site))


def test_an_anchor_for_which_there_is_no_room_leaves_no_half_line(
    site: Site, own_data: Path, monkeypatch: Any
) -> None:
    anchors.add(site.pk, 1, "a" * 64)
    before = (own_data / "anchors.jsonl").read_bytes()
    real, calls = os.write, []

    def short(handle: int, content: bytes) -> int:
        calls.append(content)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "no room")
        return real(handle, content[:20])

    monkeypatch.setattr(anchors.os, "write", short)
    with pytest.raises(OSError, match="no room"):
        anchors.add(site.pk, 2, "b" * 64)
    monkeypatch.undo()
    assert (own_data / "anchors.jsonl").read_bytes() == before


def test_a_line_that_a_killed_process_left_half_written_is_no_anchor_and_spoils_none(
    site: Site, own_data: Path
) -> None:
    anchors.add(site.pk, 1, "a" * 64)
    with (own_data / "anchors.jsonl").open("ab") as file:
        file.write(f'[{site.pk},2,"bbbb'.encode())
    assert [(one.number, one.genuine) for one in anchors.anchors(site.pk)] == [(1, True)]
    anchors.add(site.pk, 3, "c" * 64)
    assert [(one.number, one.genuine) for one in anchors.anchors(site.pk)] == [(1, True), (3, True)]
