"""A source is looked at when it is added: what is wrong is told then, and what may only be so just now is doubted."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from backup_places import Places, free_port

from mitasu.cli import run
from mitasu.errors import InputError
from mitasu.server.continuity.models.backups import Source
from mitasu.server.continuity.setting_up import new_source
from mitasu.server.continuity.trying import looked_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def charts(places: Places) -> Path:
    path = places.root / "charts.sqlite3"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE chart (at TEXT)")
        made.execute("INSERT INTO chart VALUES ('2025-10-06T02:41:07')")
        made.execute("CREATE TABLE blank (at TEXT)")
    made.close()
    return path


def refused(places: Places, kind: str, place: str | Path, *sentinels: str, newest: str = "") -> str:
    with pytest.raises(InputError) as told:
        new_source(places.site, "a", "A", kind, str(place), sentinels=sentinels, newest=newest)
    assert not Source.objects.exists()
    return str(told.value)


def test_tables_that_a_database_lacks_are_told_with_the_nearest(places: Places, charts: Path) -> None:
    told = refused(places, "sqlite", charts, "charts", "blank", newest="chart.att")
    assert "目印の表「charts」がありません。近いもの: chart。" in told
    assert "目印の表「blank」が空です" in told
    assert "最後の取引の列「chart.att」がありません。近いもの: at。" in told
    assert "「charts.at」の表がありません" in refused(places, "sqlite", charts, "chart", newest="charts.at")
    assert (
        new_source(places.site, "a", "A", "sqlite", str(charts), sentinels=["chart"], newest="chart.at")[1]
        == []
    )


def test_a_file_that_is_no_database_is_refused(places: Places, charts: Path) -> None:
    text = places.root / "notes.txt"
    text.write_text("覚え書き")
    assert "SQLite のデータベースではありません" in refused(places, "sqlite", text, "chart")
    text.write_bytes(b"")
    assert "SQLite のデータベースではありません" in refused(places, "sqlite", text, "chart")
    torn = places.root / "torn.sqlite3"
    torn.write_bytes(charts.read_bytes()[:100] + b"\xff" * 8000)
    assert "データベースとして読めません" in refused(places, "sqlite", torn, "chart")


def test_a_folder_without_its_sentinel_is_refused_and_a_dump_not_yet_written_is_doubted(
    places: Places,
) -> None:
    folder = places.root / "out"
    folder.mkdir()
    (folder / "VERSION").write_text("1")
    (folder / "empty").write_text("")
    told = refused(places, "directory", folder, "VERSIO", "empty")
    assert "目印「VERSIO」が" in told
    assert "近いもの: VERSION。" in told
    assert "目印「empty」が" in told
    assert "というフォルダーがありません" in refused(places, "dump", folder / "none", "VERSION")
    made, doubts = new_source(places.site, "a", "A", "dump", str(folder), sentinels=["charts.dump"])
    assert made.pk
    assert "目印「charts.dump」が" in doubts[0]


def test_a_folder_that_cannot_be_read_is_refused() -> None:
    with TemporaryDirectory() as name:  # below which nobody is shut out, as they are from root's own folders
        Path(name).chmod(0o755)
        folder = Path(name) / "closed"
        folder.mkdir()
        folder.chmod(0o311)
        user = os.geteuid()
        if user == 0:  # root may read everything
            os.seteuid(65534)
        try:
            looked = looked_at("directory", str(folder), ["VERSION"])
        finally:
            os.seteuid(user)
            folder.chmod(0o700)
    assert f"{folder} を読めません" in looked.problems[0]


def test_a_server_that_does_not_answer_is_doubted_and_the_source_added(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"postgresql://nobody@127.0.0.1:{free_port()}/charts"
    words = ["backup", "source", "add", "charts", "--site", "hospital", "--label", "電子カルテ", "--kind",
             "postgresql", "--place", address, "--sentinel", "orders"]  # fmt: skip
    assert run(words) == 0
    said = capsys.readouterr()
    assert "を加えました" in said.out
    assert f"注意: {address} をいまは読めません" in said.err
    assert Source.objects.get().place == address


POSTGRESQL = """
import os, django, psycopg
django.setup()
from mitasu.server.continuity.trying import looked_at
address = os.environ["DATABASE_URL"]
with psycopg.connect(address) as connection:
    connection.execute('CREATE TABLE orders (number integer, made_at timestamptz, "Wide Name" text)')
    connection.execute("CREATE SCHEMA other")
    connection.execute("CREATE TABLE other.charts (at timestamptz)")
well = looked_at("postgresql", address, ["orders", "charts"], "orders.made_at")
assert (well.problems, well.doubts) == ([], []), well
wrong = looked_at("postgresql", address, ["order"], "orders.made")
assert wrong.problems == [
    "目印の表「order」がありません。近いもの: orders。",
    "最後の取引の列「orders.made」がありません。近いもの: made_at。",
], wrong
(told,) = looked_at("postgresql", address[:-1] + "i", ["orders"]).problems
assert "という名前のデータベースはありません" in told
"""


@pytest.mark.slow
def test_the_tables_of_a_postgresql_database_are_looked_for() -> None:
    tool = Path(__file__).parents[2] / "tools" / "with-postgresql"
    done = subprocess.run(
        [str(tool), sys.executable, "-c", POSTGRESQL], capture_output=True, text=True, timeout=120,
        env={**os.environ, "PYTHON": sys.executable, "DJANGO_SETTINGS_MODULE": "mitasu.server.config.settings"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
