"""Random damage to a table never crashes, never half-writes, and never loses a good row silently."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import FilrougeError
from data.home import Home
from data.imports import import_source
from data.store import RecordStore
from tests.unit.read_tables import CLOCK, read_file

ROWS = 12
ROSTER = "E-mail;Session;Date d'entrée;Date de fin prévue\n" + "".join(
    f"u{n}@example.org;S1;05/01/2026;30/04/2026\n" for n in range(ROWS)
)
SHEET = "Courriel;Date;Demi-journée;Statut;Remarque\n" + "".join(
    f'u{n}@example.org;{n + 13:02}/01/2026;Matin;{"PA"[n % 2]};{chr(34)}vu, "{chr(34)}ok"{chr(34)}{chr(34)}\n'
    for n in range(ROWS)
)
PIECES = st.one_of(
    st.text('0123456789,;"\n\r-?ab\t é', max_size=6).map(str.encode), st.binary(max_size=3), st.sampled_from(
        [b'"', b'\n"', b'";"', b"\0", b"\xff\xfe", b"\xef\xbf\xbd", b"\r", b";;;;;;", b"=1+1", b"#REF!", b"'"]
    ),
)  # fmt: skip
QUIET = list(HealthCheck)


@st.composite
def damages(draw: st.DrawFn) -> tuple[bytes, set[int]]:
    """Return a sheet damaged in one to three places after its header, and the rows that are as they were."""
    text, touched = SHEET.encode(), set()
    lines = text.split(b"\n")[:-1]
    for _ in range(draw(st.integers(1, 3))):
        row = draw(st.integers(1, ROWS))
        start = draw(st.integers(0, len(lines[row])))
        stop = draw(st.integers(start, min(len(lines[row]), start + 20)))
        lines[row] = lines[row][:start] + draw(PIECES) + lines[row][stop:]
        touched.add(row)
    return b"\n".join(lines) + b"\n", set(range(ROWS)) - {row - 1 for row in touched}


@settings(deadline=None, max_examples=25, suppress_health_check=QUIET)
@given(damages())
def test_good_rows_around_the_damage_are_kept(damaged: tuple[bytes, set[int]]) -> None:
    """Whatever happens to some rows, the others are kept, or the file is refused as a whole."""
    content, sound = damaged
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "sheet.csv").write_bytes(content)
        told, refused = None, ""
        try:
            told = read_file(folder, folder / "sheet.csv", preset="attendance")
        except FilrougeError as error:
            refused = error.line()
    assert "@" not in refused
    if told is None:
        return
    kept = [row["person"] for row in told.rows.get("attendance", [])]
    assert {f"u{n}@example.org" for n in sound} <= set(kept)
    lines = Counter([row["line"] for row in told.rows.get("attendance", [])] + [line for line, *_ in told.aside])
    assert sum(lines.values()) == told.seen
    assert set(lines.values()) <= {1}


@settings(deadline=None, max_examples=3, suppress_health_check=QUIET)
@given(damages(), st.booleans())
def test_an_import_is_whole_or_nothing(damaged: tuple[bytes, set[int]], head: bool) -> None:
    """The store holds the whole batch, every row counted; or it is as it was."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        home = Home(folder / "home").prepare()
        (folder / "list.csv").write_text(ROSTER, encoding="utf-8")
        (folder / "sheet.csv").write_bytes(damaged[0][3 if head else 0 :])
        import_source(home, "table", str(folder / "list.csv"), as_of=CLOCK.as_of, options={"preset": "enrolments"})
        store = RecordStore(home)
        before = (store.versions(), store.batches())
        try:
            manifest = import_source(
                home, "table", str(folder / "sheet.csv"), as_of=CLOCK.as_of, options={"preset": "attendance"}
            )
        except FilrougeError:
            assert (store.versions(), store.batches()) == before
            return
        for file in manifest.files:
            assert file.rows_in == file.rows_kept + file.rows_quarantined + file.rows_out_of_scope
        assert manifest.rows_kept >= len(damaged[1])
        told = store.quarantined().to_pylist()
        assert sum(row["batch_id"] == manifest.batch_id for row in told) == manifest.rows_quarantined
