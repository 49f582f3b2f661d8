"""The sample institutions, judged for today and for the days on which the rules turned."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

from mitasu.cli import show as pages
from mitasu.cli.context import Context, console
from mitasu.dates import japanese_date
from mitasu.judge.marks import answer_sentence

SAMPLES = ("paper-clinic", "childrens-clinic", "hospital")
TURNS = (
    date(2024, 5, 31), date(2024, 6, 1), date(2024, 10, 1), date(2024, 12, 1), date(2025, 1, 1), date(2025, 4, 1),
    date(2025, 6, 1), date(2025, 10, 1), date(2026, 3, 1), date(2026, 6, 1),
)  # fmt: skip


def sample_path(name: str) -> Path:
    """The file of a sample."""
    return Path(str(files("mitasu").joinpath("samples", f"{name}.yaml")))


def show(context: Context, today: date) -> None:
    """Print the samples: a sentence for each day on which the rules turned, then today's table and what is missing."""
    screen = console()
    screen.print("見本の施設（架空）で判定します。", style="bold")
    for name in SAMPLES:
        institution = context.institution(sample_path(name))
        screen.rule(institution.name)
        for day in TURNS:
            if day < today:
                screen.print(answer_sentence(context.judge.judge(institution, day)))
        answer = context.judge.judge(institution, today)
        screen.print(f"今日（{japanese_date(today)}）", style="bold")
        pages.answer(answer, context)
    path = sample_path("paper-clinic")
    screen.print(
        f"自分の施設で試す: mitasu new clinic.yaml のあと mitasu ask clinic.yaml、mitasu judge clinic.yaml（見本: {path.name}）"
    )
