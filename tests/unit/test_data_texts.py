"""Texts of posts: nowhere unless the organisation decided so, and gone with their day, their right or their author."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from data import imports
from data.consents import Consents
from data.erasure import erase
from data.errors import StoreError
from data.home import Home
from data.imports import import_folder, import_source
from data.privacy import Pseudonymiser, load_key
from data.sources.base import Clock, Request
from data.sources.plain_source import PlainSource
from data.sources.spool import Spool
from data.text_commands import texts_app
from data.texts import Texts
from tests.unit.small_home import number, small_home
from tests.unit.small_sites import Rows, moodle_tables_small, write_moodle

TODAY = date(2026, 4, 10)
AT = datetime(2026, 4, 10, 9, tzinfo=UTC)
WHO = {"by": "DPO", "at": AT}
LOST, LEAVES, ADAS = "Bonjour,\nje suis complètement perdue", "Je pense arrêter la formation.", "Merci cleotilde T !"
CLEO, ADA = 12, 10


def site() -> dict[str, Rows]:
    """Return the small site, with one more post, of Ada about Cleo, in marked-up text with a quote."""
    tables = moodle_tables_small()
    quoted = f"<blockquote>Zanzibar</blockquote><p><b>{ADAS[:5]}</b>{ADAS[5:]}</p>"
    tables["forum_posts"].append({**tables["forum_posts"][2], "id": 9, "userid": ADA, "message": quoted})
    next(row for row in tables["user"] if row["id"] == CLEO)["firstname"] = "Cleotilde"
    return tables


NOW = [AT]


class Frozen(datetime):
    """An import's now is what `NOW` says."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return NOW[0].astimezone(tz)


@pytest.fixture(scope="module", autouse=True)
def frozen() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imports, "datetime", Frozen)
        yield


@pytest.fixture
def now() -> Iterator[list[datetime]]:
    yield NOW
    NOW[0] = AT


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_moodle(tmp_path_factory.mktemp("site") / "tables", site())


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Home:
    """Return an organisation's home, its community read, its texts kept, after one import."""
    home = Home(tmp_path_factory.mktemp("texts") / "home").prepare()
    home.name_site("own")
    Consents(home).record_basis("community", "public_task", reason="mission", **WHO)
    Texts(home).decide(100, reason="mentors read them", **WHO)
    import_folder(home, "moodle", folder, as_of=TODAY)
    return home


@pytest.fixture
def home(template: Home, tmp_path: Path) -> Home:
    shutil.copytree(template.root, tmp_path / "home")
    return Home(tmp_path / "home")


def post(home: Home, source_id: int) -> int:
    return Pseudonymiser(load_key(home.keys), "moodle").one("post", str(source_id))


def learner(home: Home, source_id: int) -> int:
    return Pseudonymiser(load_key(home.keys), "moodle").one("learner", str(source_id))


def told(home: Home, today: date = TODAY) -> dict[int, str]:
    """Return the texts that may be read, by the source's number of their post."""
    numbers = {post(home, each): each for each in range(1, 10)}
    return {numbers[found]: text for found, text in Texts(home).text_of(numbers, today=today).items()}


def holding(home: Home, text: str) -> list[str]:
    """Return the files that hold a text, byte by byte."""
    return sorted(path.name for path in home.root.rglob("*") if path.is_file() and text.encode() in path.read_bytes())


def test_without_a_decision_no_file_holds_a_text(tmp_path: Path, folder: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    home.name_site("own")
    Consents(home).record_basis("community", "public_task", reason="mission", **WHO)
    import_folder(home, "moodle", folder, as_of=TODAY)
    assert not Texts(home).path.exists()
    assert (Texts(home).days, Texts(home).count(), told(home)) == (0, 0, {})
    assert [holding(home, text) for text in (LEAVES, "perdue", "cleotilde T !")] == [[], [], []]
    Texts(home).decide(100, reason="mentors read them", **WHO)
    assert import_folder(home, "moodle", folder, as_of=TODAY).tables["posts"].changed == 0
    assert set(told(home)) == {1, 3, 9}  # the same file, imported again once it was decided, fills them


def test_the_texts_of_learners_are_kept_apart_and_privately(home: Home) -> None:
    """Neither the mentor's, the staff's, the deleted nor the private posts; markup and quotes are taken out."""
    texts = told(home)
    assert set(texts) == {1, 3, 9}
    assert texts[1].startswith(LOST)
    assert (texts[3], texts[9].strip()) == (LEAVES, ADAS)
    assert stat.S_IMODE(Texts(home).path.stat().st_mode) == 0o600
    assert holding(home, LEAVES) == ["texts.db"]
    assert [holding(home, text) for text in ("Zanzibar", "reprenez la ressource", "Oups.", "En privé.")] == [[]] * 4


def test_a_text_goes_on_its_day(home: Home, folder: Path, now: list[datetime]) -> None:
    """Known on 8 January and kept 100 days, it is there until 17 April; nothing read later brings it back."""
    assert 1 in told(home, date(2026, 4, 17))
    assert set(told(home, date(2026, 4, 18))) == {3, 9}
    now[0] = datetime(2026, 4, 18, 9, tzinfo=UTC)
    import_folder(home, "moodle", folder, as_of=TODAY)
    assert holding(home, "perdue") == []
    assert Texts(home).count() == 2
    import_folder(home, "moodle", folder, as_of=date(2026, 4, 18))
    assert Texts(home).count() == 2
    assert Texts(home).purge(today=date(2026, 4, 19)) == 2
    assert holding(home, LEAVES) == []


def test_another_decision_holds_for_what_is_there(home: Home) -> None:
    """A shorter time does, a longer one does not; none deletes the file."""
    Texts(home).decide(200, reason="longer", **WHO)
    assert told(home, date(2026, 4, 19)) == {}
    Texts(home).decide(92, reason="shorter", **WHO)
    assert set(told(home)) == {3, 9}
    Texts(home).decide(0, reason="no more", **WHO)
    assert (Texts(home).path.exists(), told(home), holding(home, LEAVES)) == (False, {}, [])
    assert [one.days for one in Texts(home).decisions()] == [100, 200, 92, 0]
    with (
        sqlite3.connect(home.identities_database) as connection,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        connection.execute("DELETE FROM text_keeping")
    connection.close()


@pytest.mark.parametrize(
    ("purpose", "choice", "left"),
    [
        ("community", "objected", {9}), ("community", "withdrawn", {9}), ("alerts", "objected", {9}),
        ("surveys", "objected", {1, 3, 9}), ("community", "none", set()), ("community", "consent", set()),
    ],
)  # fmt: skip
def test_who_may_not_be_read_any_more_has_no_text(home: Home, purpose: str, choice: str, left: set[int]) -> None:
    """An objection, a withdrawal, or the end of the basis, takes the texts away at once, bytes included."""
    if choice in ("none", "consent"):
        Consents(home).record_basis(purpose, choice, reason="decided", **WHO)
    else:
        Consents(home).record(learner(home, CLEO), purpose, choice, **WHO)
    assert Texts(home).count() == len(left)
    assert set(told(home)) == left
    assert bool(holding(home, LEAVES)) is (3 in left)


def test_what_may_not_be_read_is_not_kept(home: Home, folder: Path) -> None:
    Consents(home).record(learner(home, CLEO), "community", "objected", **WHO)
    import_folder(home, "moodle", folder, as_of=date(2026, 4, 11))
    assert set(told(home)) == {9}


def test_erasure_takes_a_learner_s_texts_and_those_that_name_them(home: Home) -> None:
    done = erase(home, learner(home, CLEO), by="DPO", at=AT, reason="asked")
    assert done.still_in == ()
    assert (Texts(home).count(), told(home)) == (0, {})
    assert [holding(home, text) for text in (LEAVES, "cleotilde")] == [[], []]  # she is named, in small letters


@pytest.fixture
def killed(home: Home) -> Home:
    """Return a home where a change of the texts was killed: its journal, which holds some, is there."""
    told = "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA cache_size = 1');"
    told += "c.execute('DELETE FROM texts'); c.execute('CREATE TABLE more AS SELECT randomblob(99999)'); os._exit(9)"
    subprocess.run([sys.executable, "-c", told, str(Texts(home).path)], check=False)
    return home


def test_the_end_of_texts_takes_what_a_kill_left_too(killed: Home) -> None:
    assert "texts.db-journal" in holding(killed, LEAVES)
    Texts(killed).decide(0, reason="no more", **WHO)
    assert holding(killed, LEAVES) == []


@pytest.mark.parametrize(("days", "left"), [(0, 0), (92, 2)])
def test_a_decision_cut_short_is_finished_by_the_next_purge(
    home: Home, monkeypatch: pytest.MonkeyPatch, days: int, left: int
) -> None:
    """Killed once it is written, before the texts were touched."""
    with monkeypatch.context() as patch:
        patch.setattr(Texts, "_shorten", lambda *_: None)
        Texts(home).decide(days, reason="shorter", **WHO)
    assert Texts(home).count() == 3
    assert Texts(home).purge(today=TODAY) == 3 - left
    assert Texts(home).count() == left
    assert Texts(home).path.exists() is bool(left)


def test_who_reads_or_objects_while_texts_are_kept_does_not_wait(
    home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two handfuls of texts, the file is free."""
    monkeypatch.setattr("data.imports.AT_ONCE", 1)
    heard = []

    def words(text: str) -> str:
        with closing(sqlite3.connect(Texts(home).path, timeout=0)) as other:
            other.execute("BEGIN IMMEDIATE")
            heard.append(other.execute("SELECT count(*) FROM texts").fetchone())
            other.rollback()
        return text

    monkeypatch.setattr("data.texts._words", words)
    import_folder(home, "moodle", folder, as_of=date(2026, 4, 11))
    assert heard == [(3,)] * 3


class _Talk:
    """Reads two posts of ada, one at a time (with half a character) and in bulk."""

    name, system = "talk", "talk"
    any_text = False

    def inputs(self, request: Request) -> Mapping[str, Path]:
        assert not request.secret
        return {}

    def read(self, request: Request, spool: Spool) -> Mapping[str, object]:
        spool.seen("talk", 2)
        at = datetime(2026, 3, 2, 9, tzinfo=UTC)
        shared = {"person": "ada@example.org", "session": "S1"}
        spool.add(
            "posts", file="talk", line=1, post="a", occurred_at=at, text="Je suis &lt;perdue&gt; ici\ud83d", **shared
        )
        rows = {**shared, "file": "talk", "line": 2, "post": "b", "occurred_at": at.isoformat(), "text": LEAVES}
        spool.add_rows("posts", pa.Table.from_pylist([rows]))
        return {"place": request.place}


def test_any_source_that_fills_plain_tables_keeps_texts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = small_home(tmp_path / "home")
    home.name_site("example")
    monkeypatch.setattr(imports, "open_source", lambda _: PlainSource(_Talk()))
    import_source(home, "talk", "here", as_of=TODAY)
    assert holding(home, LEAVES) == []
    Texts(home).decide(100, reason="mentors read them", **WHO)
    import_source(home, "talk", "here", as_of=TODAY)
    numbers = {number(home, "talk", "post", each): each for each in "ab"}
    found = Texts(home).text_of(numbers, today=TODAY)
    assert {numbers[each]: text for each, text in found.items()} == {"a": "Je suis <perdue> ici?", "b": LEAVES}
    assert holding(home, LEAVES) == ["texts.db"]


@pytest.mark.parametrize("texts", [False, True])
def test_a_spool_writes_texts_only_when_it_is_asked(tmp_path: Path, texts: bool) -> None:
    spool = Spool(tmp_path / "spool", texts=texts)
    _Talk().read(Request("here", Clock(None, TODAY), tmp_path), spool)
    spool.close()
    tables = [pq.read_table(path).to_pylist() for path in (tmp_path / "spool").iterdir()]
    assert (LEAVES in str(tables)) is texts


def said(*asked: str) -> dict[str, Any]:
    result = CliRunner().invoke(texts_app, [*asked, "--json"])
    assert result.exit_code == 0, result.output
    values = json.loads(result.stdout)
    assert isinstance(values, dict)
    return values


def test_the_commands_decide_show_purge_and_stop(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FILROUGE_HOME", str(home.root))
    assert said("keep", "--days", "300", "--reason", "follow-up", "--by", "Mia")["recorded_by"] == "Mia"
    status = said("status")
    assert (status["days"], status["texts"], [one["reason"] for one in status["decisions"]]) == (
        300, 3, ["mentors read them", "follow-up"],
    )  # fmt: skip
    assert said("purge")["deleted"] in (0, 3)  # by the day the test is run
    assert said("stop", "--reason", "no need", "--by", "Mia")["days"] == 0
    assert "Texts are not kept." in CliRunner().invoke(texts_app, ["status"]).stdout
    assert not Texts(home).path.exists()


@pytest.mark.parametrize("asked", [["stop", "--reason", "x", "--by", "y"], ["status"], ["purge"]])
def test_of_a_home_that_is_not_there_no_text_is_said_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    monkeypatch.setenv("FILROUGE_HOME", str(tmp_path / "typo"))
    with pytest.raises(StoreError, match="no home there"):
        CliRunner().invoke(texts_app, asked, catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("days", "reason", "by"), [(367, "x", "y"), (-1, "x", "y"), (9, " ", "y"), (9, "x", " ")])
def test_a_decision_has_days_a_reason_and_somebody(tmp_path: Path, days: int, reason: str, by: str) -> None:
    home = Home(tmp_path / "home").prepare()
    with pytest.raises(StoreError):
        Texts(home).decide(days, reason=reason, by=by, at=AT)
    assert Texts(home).decisions() == []
