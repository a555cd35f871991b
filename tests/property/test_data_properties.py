"""Order and repetition never matter; damage never half-writes; the store is a map from keys to rows."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.batches import Batch
from data.compaction import compact
from data.contracts import TABLES
from data.errors import SourceError
from data.home import Home
from data.imports import import_folder
from data.privacy import Pseudonymiser, load_key
from data.store import RecordStore
from tests.unit.small_records import TWO_LEARNERS, action, table
from tests.unit.small_sites import oulad_tables, write_oulad

KEYED = ("courses", "assessments", "studentInfo", "studentRegistration", "studentAssessment", "vle")
SLOW = settings(deadline=None, max_examples=10, suppress_health_check=list(HealthCheck))
DAMAGE = st.one_of(st.text('0123456789,"\n-?ab', max_size=6).map(str.encode), st.binary(max_size=2))
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@contextmanager
def new_home(key: bytes = b"k" * 32) -> Iterator[Home]:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home").prepare()
        (home.keys / "pseudonym.key").write_bytes(key)
        yield home


def content(store: RecordStore) -> dict[str, Any]:
    with store.connect() as con:
        return {name: con.execute(f"FROM {name} ORDER BY ALL").to_arrow_table().to_pylist() for name in TABLES}


@SLOW
@given(seed=st.integers(0, 2**16), repeats=st.integers(0, 4))
def test_row_order_and_repetition_never_matter(seed: int, repeats: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    shuffled = oulad_tables()
    for name in chance.sample(KEYED, repeats):
        shuffled[name].append(dict(chance.choice(shuffled[name])))
    for rows in shuffled.values():
        chance.shuffle(rows)
    with new_home() as straight, new_home() as mixed:
        import_folder(straight, "oulad", write_oulad(straight.root / "tables"))
        manifest = import_folder(mixed, "oulad", write_oulad(mixed.root / "tables", shuffled))
        assert manifest.quarantined == ({"repeated row": repeats} if repeats else {})
        assert content(RecordStore(mixed)) == content(RecordStore(straight))


@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damage_is_refused_or_counted_whole(data: st.DataObject) -> None:
    """Whatever happens to one file, the import is refused without a trace, or every row is accounted for."""
    with new_home() as home:
        folder = write_oulad(home.root / "tables")
        path = data.draw(st.sampled_from(sorted(folder.glob("*.csv"))))
        text = path.read_bytes()
        start = data.draw(st.integers(0, len(text) - 1))
        stop = data.draw(st.integers(start, min(len(text), start + 30)))
        path.write_bytes(text[:start] + data.draw(DAMAGE) + text[stop:])
        store = RecordStore(home)
        try:
            manifest = import_folder(home, "oulad", folder)
        except SourceError:
            assert (store.versions(), store.batches()) == ({}, [])
            return
        for file in manifest.files:
            assert file.rows_in == file.rows_kept + file.rows_quarantined + file.rows_out_of_scope
        assert store.quarantined().num_rows == manifest.rows_quarantined + sum(manifest.refused.values())
        assert [batch.batch_id for batch in store.batches()] == [manifest.batch_id]


def _attributes(pairs: dict[int, str | None]) -> pa.Table:
    rows = [{"learner_id": key, "age_band": value, "gender": None, "disability": None} for key, value in pairs.items()]
    return pa.Table.from_pylist(rows, TABLES["learner_attributes"].schema)


@SLOW
@given(st.lists(st.dictionaries(st.integers(1, 6), st.sampled_from(["a", "b", None]), max_size=5), max_size=4))
def test_batches_add_up_like_a_map(batches: list[dict[int, str | None]]) -> None:
    """The last word on each key stands, and each past version can still be read."""
    expected: dict[int, str | None] = {}
    with new_home() as home:
        store = RecordStore(home)
        past = []
        for number, pairs in enumerate(batches):
            manifest = store.write_batch(Batch("x", str(number), {"learner_attributes": _attributes(pairs)}, NOW))
            fresh = sum(key not in expected for key in pairs)
            changed = sum(key in expected and expected[key] != value for key, value in pairs.items())
            told = manifest.tables["learner_attributes"]
            assert (told.rows, told.new, told.changed) == (len(pairs), fresh, changed)
            expected |= pairs
            past.append((store.versions(), dict(expected)))
        for versions, then in past:
            with store.connect(versions) as con:
                assert dict(con.execute("SELECT learner_id, age_band FROM learner_attributes").fetchall()) == then


def _actions(said: dict[int, tuple[int, int]]) -> pa.Table:
    rows = [action(key, 11, 31 * month, count=count) for key, (month, count) in said.items()]
    return table("activity", *rows)


@SLOW
@given(st.lists(st.dictionaries(st.integers(1, 6), st.tuples(st.integers(0, 2), st.integers(1, 2))), max_size=4))
def test_rows_that_change_or_move_to_another_month_are_there_once(batches: list[dict[int, tuple[int, int]]]) -> None:
    """Whatever files they are in, after a compaction too."""
    expected: dict[int, tuple[int, int]] = {}
    with new_home() as home:
        store = RecordStore(home)
        parents = {name: TWO_LEARNERS[name] for name in ("sessions", "enrolments")}
        store.write_batch(Batch("x", "first", parents, NOW))
        for number, said in enumerate(batches):
            told = store.write_batch(Batch("x", str(number), {"activity": _actions(said)}, NOW)).tables["activity"]
            changed = sum(key in expected and expected[key] != one for key, one in said.items())
            assert (told.new, told.changed) == (sum(key not in expected for key in said), changed)
            expected |= said
        for _ in range(2):
            with store.connect() as con:
                months = "date_diff('day', DATE '2026-01-01', known_on) // 31"
                found = con.execute(f"SELECT record_id, {months}, count FROM activity").fetchall()
            assert sorted(found) == sorted((key, *one) for key, one in expected.items())
            compact(store, at=NOW)


@given(st.text(), st.text())
def test_pseudonyms_tell_kinds_sources_and_keys_apart(one: str, other: str) -> None:
    base = Pseudonymiser(b"k" * 32, "moodle")
    numbers = {base.one("learner", one), base.one("mentor", one), Pseudonymiser(b"k" * 32, "oulad").one("learner", one),
               Pseudonymiser(b"j" * 32, "moodle").one("learner", one)}  # fmt: skip
    assert len(numbers) == 4
    assert all(0 <= number < 2**63 for number in numbers)
    assert (base.one("learner", one) == base.one("learner", other)) is (one == other)


def test_the_key_is_made_once(tmp_path: Path) -> None:
    assert load_key(tmp_path) == load_key(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["pseudonym.key"]
