"""Sample claim files: synthetic months of an institution, the same for the same seed, with faults planted on request.

Nobody in them exists. They are marked so that every reader can tell (`mitasu.claims.rights`): the institution's name
ends in （見本）, every patient is called 見本, every payer's number begins with 9999, which no payer has.
Additions are claimed as the institution may claim them on that day, each at most once a month for a patient; one visit
in ten lacks them, so that there is something to find.
"""

from __future__ import annotations

import random
from calendar import monthrange
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from mitasu.claims.rights import PAYER_MARK, PERSON_MARK, sample_name
from mitasu.claims.sample_codes import (
    FIRST_MONTH,
    INVENTED_ACTS,
    INVENTED_BED,
    INVENTED_DISEASES,
    INVENTED_DRUGS,
    SampleCode,
    codes,
)
from mitasu.claims.sample_faults import FAULTS, Planter
from mitasu.claims.writing import ClaimWriter, record
from mitasu.dates import first_day, japanese_month, last_day, shift_month
from mitasu.errors import UsageError
from mitasu.facts import Institution
from mitasu.judge.history import decided
from mitasu.judge.judgement import Judge

GIVEN = (("花子", "ハナコ"), ("太郎", "タロウ"), ("一郎", "イチロウ"), ("桃子", "モモコ"), ("次郎", "ジロウ"))
DEPARTMENTS = ("01", "08", "09", "10", "26")
MISSED = 0.1
"""The share of visits on which an addition that may be claimed is not."""
CLAIMED_ON = 10
"""The day of the next month on which a month is claimed; what is decided by then is known when it is."""
WHERE = ("first_visit", "revisit", "admission")
Write = Callable[[list[str]], None]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a sample month is made from. `levels`: the additions that may be claimed, with their level, by day."""

    name: str
    code: str
    hospital: bool
    levels: Mapping[date, Mapping[str, str]] = field(default_factory=dict)


def profile(institution: Institution, judge: Judge, months: Collection[str]) -> Profile:
    """The profile of an institution: what it may claim on each day of the months. UsageError where none can be made."""
    if institution.sector != "medical":
        raise UsageError("見本を作れるのは医科の施設だけです。")
    early = [month for month in months if month < FIRST_MONTH]
    if early:
        raise UsageError(
            f"{japanese_month(early[0])}の見本は作れません。コードが分かっているのは{japanese_month(FIRST_MONTH)}からです。"
        )
    code = institution.code if len(institution.code) == 10 and institution.code.isdigit() else "1319999999"
    levels = {day: found for month in months for day, found in _levels(institution, judge, month)}
    return Profile(institution.name, code, institution.kind == "hospital", levels)


def _levels(institution: Institution, judge: Judge, month: str) -> Iterator[tuple[date, dict[str, str]]]:
    """Each day of a month with the additions that may be claimed on it, and their level."""
    additions = dict.fromkeys(one.addition for where in WHERE for one in codes(month, where) if one.addition)
    filed = first_day(shift_month(month, 1)).replace(day=CLAIMED_ON)
    for number in range(1, last_day(month).day + 1):
        day = first_day(month).replace(day=number)
        judged = [decided(judge, institution, id_, day, filed).of(id_) for id_ in additions]
        yield day, {one.addition: one.level or "" for one in judged if one.status == "claimable"}


@dataclass(slots=True)
class Month:
    """One month of claims as it is written: what has been counted so far."""

    profile: Profile
    month: str
    random: random.Random
    count: int = 0
    points: int = 0

    @property
    def days(self) -> list[int]:
        """The days of the month that are no Sundays."""
        year, month = int(self.month[:4]), int(self.month[5:])
        return [
            day for day in range(1, monthrange(year, month)[1] + 1) if date(year, month, day).weekday() < 6
        ]

    def levels(self, day: int) -> Mapping[str, str]:
        """The additions that may be claimed on a day of the month, with their level."""
        return self.profile.levels.get(first_day(self.month).replace(day=day), {})

    def allowed(self, where: str, day: int) -> list[SampleCode]:
        """The codes of the additions that may be claimed at such an encounter on a day; "" goes with every level."""
        levels = self.levels(day)
        return [
            one
            for one in codes(self.month, where)
            if one.addition in levels and one.level in ("", levels[one.addition])
        ]


def generate(
    made: Profile, month: str, receipts: int, seed: int, *, reviewer: str = "1", faults: Collection[str] = ()
) -> Iterator[list[str]]:
    """The records of one month's file, claimed in the month after. UsageError where a fault is not known."""
    planter = Planter(faults, month)
    state = Month(made, month, random.Random(f"{seed} {month} {reviewer}"))  # noqa: S311 (samples, not secrets)
    claimed = shift_month(month, 1).replace("-", "")
    yield record(
        "IR",
        {
            1: reviewer,
            2: made.code[:2],
            3: made.code[2],
            4: made.code[3:],
            6: sample_name(made.name),
            7: claimed,
            8: "00",
            9: "00-0000-0000",
        },
    )
    people = state.random.sample(range(1, receipts * 3 // 2 + 2), receipts)
    for number, person in enumerate(sorted(people), 1):
        one = _receipt(state, number, person, seed, reviewer, planter)
        yield from planter.receipt(one, number)
    yield from planter.end(record("GO", {1: state.count, 2: state.points, 3: "99"}))


def write_month(
    made: Profile,
    month: str,
    path: Path,
    receipts: int,
    seed: int,
    *,
    reviewer: str = "1",
    faults: Collection[str] = (),
    volumes: int = 1,
) -> list[Path]:
    """Write one month's file, or its volumes (`NAME-00.UKE`, `-01` …); the files written."""
    records = generate(made, month, receipts, seed, reviewer=reviewer, faults=faults)
    if volumes == 1:
        with ClaimWriter(path) as writer:
            for one in records:
                writer.write(_raw(one))
        plant_bytes(path, faults)
        return [path]
    return _volumes(list(records), path, receipts, volumes)


def _volumes(records: list[list[str]], path: Path, receipts: int, volumes: int) -> list[Path]:
    header, written, begun = records[0], [], 0
    share, volume = -(-receipts // volumes), 0
    rest = iter(records[1:])
    held: list[str] | None = next(rest, None)
    while volume < volumes:
        name = path.with_name(f"{path.stem}-{volume:02d}{path.suffix}")
        with ClaimWriter(name) as writer:
            writer.write(_raw([*header[:8], f"{volume:02d}", *header[9:]]))
            while held is not None:
                if held[0] == "RE":
                    begun += 1
                    if begun == share * (volume + 1) + 1 and volume + 1 < volumes:
                        begun -= 1
                        break
                writer.write(_raw(held))
                held = next(rest, None)
        written.append(name)
        volume += 1
    return written


def _raw(fields: list[str]) -> list[bytes | str]:
    """Fields as they are written: text outside the specification, which only a planted fault holds, past the encoder."""
    return [
        one.encode("cp932", "surrogateescape") if not one.isascii() or '"' in one else one for one in fields
    ]


def plant_bytes(path: Path, faults: Collection[str]) -> None:
    """The faults that lie in the bytes of a file and not in its records."""
    if "no-eof" in faults:
        path.write_bytes(path.read_bytes()[:-1])
    if "cut-off" in faults:
        path.write_bytes(path.read_bytes()[:-9])
    if "line-end" in faults:
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n", 1))


# ---- one receipt ----


def _receipt(
    state: Month, number: int, person: int, seed: int, reviewer: str, planter: Planter
) -> list[list[str]]:
    chance = state.random
    who = random.Random(f"{seed} {person}")  # noqa: S311  # a person stays the same in every month
    given, kana = who.choice(GIVEN)
    born = date(1935, 1, 1) + timedelta(days=who.randrange(32_000))
    inpatient = state.profile.hospital and chance.random() < 0.15
    fund, alone = who.random() < 0.08, who.random() < 0.02
    payers = 1 if alone else 2 if fund else 1
    burden = "5" if alone else "2" if fund else "1"
    acts = _stay(state, burden, planter) if inpatient else _visits(state, burden, planter)
    items, points, visits, admitted = acts
    last = "1" if inpatient else "2"
    label = "".join(chr(ord(sign) + 0xFEE0) for sign in f"{person:05d}")
    state.count += 1
    state.points += points
    common = record(
        "RE",
        {
            1: number, 2: f"1{'2' if alone else '1'}{payers}{last}", 3: state.month.replace("-", ""),
            4: f"{PERSON_MARK}　{given}{label}", 5: 1 + (given in ("花子", "桃子")), 6: f"{born:%Y%m%d}",
            8: admitted, 13: f"{person:05d}", 18: f"{number:010d}", 21: "" if inpatient else who.choice(DEPARTMENTS),
            36: f"ミホン　{kana}",
        },
    )  # fmt: skip
    payer = (
        f"  {PAYER_MARK}{who.randrange(100):02d}"
        if reviewer == "2"
        else f"{PAYER_MARK}{who.randrange(10_000):04d}"
    )
    records = [common]
    if not alone:
        records.append(
            record(
                "HO",
                {1: payer, 2: f"{9000 + who.randrange(1000)}", 3: f"{person:07d}", 4: len(visits), 5: points},
            )
        )
    if fund or alone:
        records.append(
            record(
                "KO",
                {
                    1: f"{PAYER_MARK}{who.randrange(10_000):04d}",
                    2: f"{9_000_000 + person:07d}",
                    4: len(visits),
                    5: points,
                },
            )
        )
    if not alone:
        records.append(record("SN", {1: "1", 2: "01", 6: f"{1 + who.randrange(3):02d}"}))
    records.append(record("JD", {1: "2" if alone else "1", **{1 + day: 1 for day in visits}}))
    records.append(record("MF", {1: "00"}))
    for place in range(1 + chance.randrange(3)):
        start = first_day(state.month) - timedelta(days=chance.randrange(1, 900))
        records.append(
            record(
                "SY",
                {1: chance.choice(INVENTED_DISEASES), 2: f"{start:%Y%m%d}", 3: "1", 6: "" if place else "01"},
            )
        )
    return [*records, *items]


def _unit(
    group: str, burden: str, lines: list[tuple[str, int]], days: Mapping[int, int], kind: str = "SI"
) -> tuple[list[list[str]], int]:
    """The records of one unit (点数 only in the last) and its points times its times."""
    times = sum(days.values())
    points = sum(one for _, one in lines)
    records = [
        record(
            kind,
            {
                1: "" if place else group, 2: burden, 3: code, 4: "1" if kind == "IY" else "",
                5: points if place == len(lines) - 1 else "", 6: times,
                **{12 + day: number for day, number in days.items()},
            },
        )
        for place, (code, _) in enumerate(lines)
    ]  # fmt: skip
    return records, points * times


_Acts = tuple[list[list[str]], int, list[int], str]


def _visits(state: Month, burden: str, planter: Planter) -> _Acts:
    chance, days = (
        state.random,
        sorted(state.random.sample(state.days, state.random.choice((1, 1, 1, 2, 2, 3)))),
    )
    new = chance.random() < 0.35
    records: list[list[str]] = []
    total = 0
    claimed = chance.random() >= MISSED
    first, revisits = ([days[0]], days[1:]) if new else ([], days)
    first = planter.first_visits(first, state.days, state.allowed("first_visit", days[0]))
    days = sorted({*first, *revisits})
    revisits = [day for day in revisits if day not in first]
    charged: set[str] = set()
    for group, where, on in (("11", "first_visit", first), ("12", "revisit", revisits)):
        if not on:
            continue
        visit = codes(state.month, where)[0]
        allowed = [one for one in state.allowed(where, on[0]) if one.addition not in charged]
        additions = planter.additions(allowed if claimed else (), allowed, where, state.levels(on[0]))
        charged |= {one.addition for one in additions}
        once = where == "first_visit" or not additions
        lines = [(visit.code, visit.points), *((one.code, one.points) for one in additions)]
        if once:
            made, points = _unit(group, burden, lines, dict.fromkeys(on, 1))
        else:  # an addition of revisits goes with the first of the month
            made, points = _unit(group, burden, lines, {on[0]: 1})
            if on[1:]:
                more, further = _unit(group, burden, lines[:1], dict.fromkeys(on[1:], 1))
                made, points = made + more, points + further
        records += made
        total += points
    for group, code, points in sorted(chance.sample(INVENTED_ACTS, chance.randrange(2, 10))):
        made, brought = _unit(group, burden, [(code, points)], {chance.choice(days): 1})
        records += made
        total += brought
    if chance.random() < 0.7:
        drugs = [
            (code, chance.randrange(1, 30)) for code in chance.sample(INVENTED_DRUGS, 1 + chance.randrange(6))
        ]
        made, brought = _unit("21", burden, drugs, {days[-1]: chance.choice((7, 14, 28))}, "IY")
        records += made
        total += brought
    return _in_order(records), total, days, ""


def _stay(state: Month, burden: str, planter: Planter) -> _Acts:
    chance = state.random
    end = monthrange(int(state.month[:4]), int(state.month[5:]))[1]
    first = chance.randrange(1, end)
    last = min(end, first + chance.randrange(1, 20))
    days = list(range(first, last + 1))
    records, total = _unit("90", burden, [(INVENTED_BED, 1_600)], dict.fromkeys(days, 1))
    allowed = state.allowed("admission", first)
    claimed = allowed if chance.random() >= MISSED else ()
    for one in planter.additions(claimed, allowed, "admission", state.levels(first)):
        made, brought = _unit("90", burden, [(one.code, one.points)], {first: 1})
        records, total = records + made, total + brought
    for group, code, points in sorted(chance.sample(INVENTED_ACTS, 10)):
        made, brought = _unit(group, burden, [(code, points)], {chance.choice(days): 1})
        records, total = records + made, total + brought
    year, month = int(state.month[:4]), int(state.month[5:])
    return _in_order(records), total, days, f"{date(year, month, first):%Y%m%d}"


def _in_order(records: list[list[str]]) -> list[list[str]]:
    """The units by 診療識別, which is written in the first record of each group only."""
    units: list[tuple[str, list[list[str]]]] = []
    for one in records:
        if one[1]:
            units.append((one[1], [one]))
        else:
            units[-1][1].append(one)
    found: list[list[str]] = []
    group = ""
    for code, unit in sorted(units, key=lambda pair: pair[0]):
        first, *rest = unit
        found += [[first[0], "" if code == group else code, *first[2:]], *rest]
        group = code
    return found


__all__ = ["FAULTS", "Profile", "generate", "profile", "write_month"]
