"""Proof of what is kept: every byte within a week, samples, whole restores, the canary, forgetting by id only."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from backup_places import DAY, NOON, Places, served

from mitasu.errors import UsageError
from mitasu.server.continuity import keys
from mitasu.server.continuity.copying import copied
from mitasu.server.continuity.deciding import decided
from mitasu.server.continuity.forgetting import forgotten, looked_for, may_forget
from mitasu.server.continuity.models.backups import FullRestore, Generation, Source, State
from mitasu.server.continuity.proving import canary, restored_whole, sampled, sliced

pytestmark = pytest.mark.django_db


def test_every_part_of_the_data_is_read_within_seven_days_and_then_from_the_first_again(
    places: Places,
) -> None:
    places.charts()
    target = places.target()
    places.made(target)
    found = [sliced(target, places.engine, NOON + day * DAY) for day in range(8)]
    assert [one.part for one in found] == [1, 2, 3, 4, 5, 6, 7, 1]
    assert all(one.well for one in found)


def test_one_flipped_bit_is_found_within_a_week_of_days_though_backups_go_on_well(places: Places) -> None:
    places.charts()
    target = places.target()
    places.made(target)
    places.scribble(target.location)
    results = []
    for day in range(7):
        places.change(f"another day {day}")
        assert places.made(target, NOON + day * DAY).state == State.ACCEPTED
        results.append(sliced(target, places.engine, NOON + day * DAY).well)
    assert results.count(False) == 1


def test_a_sample_is_restored_and_hashed_and_a_damaged_repository_is_told(places: Places) -> None:
    places.charts(28)  # with the image and the sentinel thirty files: all of them are drawn
    target = places.target()
    places.made(target)
    good = sampled(target, places.engine, NOON)
    assert (good.tried, good.wrong, good.well) == (30, 0, True)
    places.scribble(target.location)
    bad = sampled(target, places.engine, NOON)
    assert not bad.well
    assert bad.wrong


def test_a_whole_generation_is_restored_examined_and_cleared_away(places: Places) -> None:
    import sqlite3

    places.charts()
    path = places.root / "orders.sqlite3"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE orders (id INTEGER)")
        made.execute("INSERT INTO orders VALUES (1)")
    Source.objects.create(
        site=places.site, name="orders", label="オーダ", kind="sqlite", place=str(path), sentinels=["orders"]
    )
    target = places.target()
    places.made(target)
    found = restored_whole(target, places.engine, NOON)
    assert found.well
    assert ["オーダ：データベースの整合", True] in found.found
    assert list((keys.room() / "scratch").iterdir()) == []
    places.scribble(target.location)
    assert not restored_whole(target, places.engine, NOON).well
    assert FullRestore.objects.count() == 2


def test_without_an_accepted_generation_there_is_nothing_to_prove(places: Places) -> None:
    with pytest.raises(UsageError, match="受け入れた世代がまだ"):
        sampled(places.target(), places.engine, NOON)


# ---- the canary ------------------------------------------------------------------------------------------


def test_a_server_that_only_appends_refuses_the_canary_and_one_that_does_not_is_found_out(
    places: Places,
) -> None:
    places.charts()
    target = places.target("host", medium="host", append_only=True)
    folder = Path(target.location)
    with served(folder, append_only=True) as address:
        target.location = address
        target.save()
        assert places.made(target).state == State.ACCEPTED
        kept = canary(target, places.engine, NOON)
        assert kept.well is True
        assert {got for _, _, got, _ in kept.tries} == {"403"}
        with pytest.raises(UsageError, match="追記だけ"):
            forgotten(target, places.engine, [1], NOON)
    with served(folder, append_only=False) as address:
        target.location = address
        target.save()
        found = canary(target, places.engine, NOON + DAY)
        assert found.well is False
        assert any("できてしまった" in got for _, _, got, _ in found.tries)
        assert places.made(target, NOON + DAY).state == State.ACCEPTED  # the canary harmed nothing
    assert canary(target, places.engine, NOON + 2 * DAY).well is None  # nobody answers: not known


def test_a_plain_folder_that_is_called_immutable_is_found_out_and_harmed_in_nothing(places: Places) -> None:
    places.charts()
    target = places.target(append_only=True)
    places.made(target)
    found = canary(target, places.engine, NOON)
    assert found.well is False
    assert sliced(target, places.engine, NOON).well
    assert places.engine.check(keys.repository(target)).well


# ---- forgetting ------------------------------------------------------------------------------------------


def generations(places: Places, days: int) -> list[Generation]:
    places.charts()
    target = places.target()
    for day in range(days):
        places.change(f"day {day}")
        places.made(target, NOON + day * DAY)
    return list(Generation.objects.order_by("number"))


def test_only_what_lies_before_the_last_three_accepted_generations_is_forgotten_and_by_its_id(
    places: Places,
) -> None:
    made = generations(places, 5)
    target = made[0].target
    assert [one.number for one in may_forget(target)] == [1, 2]
    with pytest.raises(UsageError, match="世代3は消せません"):
        forgotten(target, places.engine, [1, 3], NOON)
    assert [one.number for one in forgotten(target, places.engine, [1], NOON)] == [1]
    left = {one.snapshot for one in places.engine.snapshots(keys.repository(target))}
    assert left == {one.snapshot for one in made[1:]}
    assert Generation.objects.get(number=1).forgotten_at == NOON
    with pytest.raises(ValueError, match="full id"):
        places.engine.forget(keys.repository(target), ["latest"])


def test_forged_times_push_no_real_generation_out_and_what_is_not_ours_is_never_touched(
    places: Places,
) -> None:
    made = generations(places, 3)
    target = made[0].target
    empty = places.root / "empty"
    empty.mkdir()
    for year in (2031, 2032, 2033):
        words = ["restic", "-r", target.location, "--password-file", str(keys.folder() / target.key)]
        subprocess.run(
            [*words, "backup", "--time", f"{year}-01-01 00:00:00", str(empty)],
            check=True,
            capture_output=True,
        )
    assert may_forget(target) == []
    lost, foreign = looked_for(target, places.engine, NOON)
    assert (lost, len(foreign)) == ([], 3)
    places.change("one more day")
    after = places.made(target, NOON + 3 * DAY)
    assert (after.number, after.state) == (4, State.ACCEPTED)
    forgotten(target, places.engine, [1], NOON)
    there = {one.snapshot for one in places.engine.snapshots(keys.repository(target))}
    assert set(foreign) < there


def test_a_generation_that_is_gone_from_its_place_no_longer_counts(places: Places) -> None:
    made = generations(places, 3)
    target = made[0].target
    places.engine.forget(keys.repository(target), [made[2].snapshot])
    lost, _ = looked_for(target, places.engine, NOON)
    assert [one.number for one in lost] == [3]
    assert not Generation.objects.get(number=3).counts


def test_nothing_is_forgotten_while_a_quarantine_is_open_and_a_person_ends_it_with_a_reason(
    places: Places,
) -> None:
    made = generations(places, 5)
    target = made[0].target
    Generation.objects.filter(number=5).update(state=State.QUARANTINED)
    target.held_since = NOON
    target.save()
    with pytest.raises(UsageError, match="何も消しません"):
        forgotten(target, places.engine, [1], NOON)
    with pytest.raises(UsageError, match="理由"):
        decided(made[4], True, " ", NOON)
    decided(Generation.objects.get(number=5), True, "画像を一度に取り込んだ日", NOON)
    target.refresh_from_db()
    assert target.held_since is None
    assert Generation.objects.get(number=5).counts
    with pytest.raises(UsageError, match="もう決まって"):
        decided(Generation.objects.get(number=5), False, "やはり", NOON)


# ---- copies ----------------------------------------------------------------------------------------------


def test_copies_at_another_target_are_generations_there_with_their_origin(places: Places) -> None:
    made = generations(places, 2)
    second = places.target("nas", medium="nas")
    assert copied(made[0].target, second, places.engine, NOON).outcome == State.ACCEPTED
    copies = list(Generation.objects.filter(target=second))
    assert [one.origin_id for one in copies] == [one.pk for one in made]
    assert [one.tree for one in copies] == [one.tree for one in made]
    assert sampled(second, places.engine, NOON).well
    assert copied(made[0].target, second, places.engine, NOON).outcome == "nothing"
    assert Generation.objects.filter(target=second).count() == 2
