"""Two sources tell of one enrolment: what one does not say stays as the other said it, in either order."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from data.errors import SourceError
from data.home import Home
from data.identities import Vault
from data.imports import import_folder, import_source
from data.store import RecordStore
from tests.unit.small_sites import write_moodle

PERSONS = (10, 11, 12, 13)
TODAY, NEXT_DAY = date(2026, 4, 10), date(2026, 4, 11)
TOLD = "outcome, ended_on::VARCHAR, outcome_known_on::VARCHAR, motives, funding, passed"
EXITS = "outcome, ended_on::VARCHAR, motives, mentor_id IS NOT NULL"
WHOLE = "registered_on::VARCHAR, started_on::VARCHAR, planned_end_on::VARCHAR, mentor_id, " + TOLD


def listed(home: Home, folder: Path, text: str, name: str = "list.csv", **options: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    import_source(home, "table", str(folder / name), as_of=TODAY, options={"preset": "enrolments", **options})


def of_person(home: Home, person: int, columns: str) -> tuple[Any, ...]:
    """Return what the store says of a Moodle user in session A-1."""
    vault = Vault(home.identities_database)
    number = next(n for n, who in vault.find("enrolment").items() if who.source_id == f"{person}:A-1")
    vault.close()
    with RecordStore(home).connect() as con:
        found = con.execute(f"SELECT {columns} FROM enrolments WHERE enrolment_id = ?", [number]).fetchall()
    return tuple(found[0])


def told(home: Home, query: str) -> list[tuple[Any, ...]]:
    with RecordStore(home).connect() as con:
        return con.execute(query).fetchall()


def learners(home: Home) -> int:
    return int(told(home, "SELECT count(DISTINCT learner_id) FROM enrolments")[0][0])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with the small Moodle."""
    made = Home(tmp_path / "home").prepare()
    import_folder(made, "moodle", write_moodle(tmp_path / "tables"), as_of=TODAY)
    return made


def test_a_list_that_is_silent_changes_nothing(home: Home, tmp_path: Path) -> None:
    """Neither the exit, the mentor, the result nor the day of registration is lost to a list that has no such cell."""
    people = {person: of_person(home, person, WHOLE) for person in PERSONS}
    count = learners(home)
    assert {each[4] for each in people.values()} == {"completed", "abandoned", "ongoing"}
    lines = [f"U{person}@example.org;A-1;;;" for person in people]
    listed(home, tmp_path, "\n".join(["Courriel;Session;Date de sortie;Statut;Motif de sortie", *lines]) + "\n")
    assert {person: of_person(home, person, WHOLE) for person in people} == people
    assert learners(home) == count


def test_what_a_list_says_is_added_and_moodle_s_next_export_keeps_it(home: Home, tmp_path: Path) -> None:
    """Moodle knows no motive, funding nor neutral exit: what a list said of them outlives the next export."""
    gone = next(person for person in PERSONS if of_person(home, person, "outcome") == ("abandoned",))
    _, ended, known, *_ = of_person(home, gone, TOLD)
    listed(
        home, tmp_path,
        f"Courriel;Session;Statut;Motif de sortie;Financement\nu{gone}@example.org;A-1;Abandon;Santé;CPF\n",
    )  # fmt: skip
    assert of_person(home, gone, TOLD)[:4] == ("abandoned", ended, known, ["personal"])
    listed(home, tmp_path, f"Courriel;Session;Statut\nu{gone}@example.org;A-1;Reprise d'emploi\n", "exits.csv")
    before = of_person(home, gone, TOLD)
    assert before[0] == "neutral_exit"
    assert before[4]
    import_folder(home, "moodle", write_moodle(tmp_path / "tables"), as_of=NEXT_DAY)
    assert of_person(home, gone, TOLD) == before


def test_a_list_with_fewer_columns_keeps_the_rest_and_everybody(tmp_path: Path) -> None:
    """A second list names one person and their mentor: the exits, dates and people of the first list stay."""
    home = Home(tmp_path / "home").prepare()
    listed(
        home, tmp_path,
        "Courriel;Session;Date d'entrée;Date de fin prévue;Date de sortie;Statut;Motif de sortie\n"
        "ada@example.org;S1;05/01/2026;30/04/2026;10/02/2026;Abandon;Santé\n"
        "bob@example.org;S1;05/01/2026;30/04/2026;12/02/2026;Abandon;Santé\n",
    )  # fmt: skip
    query = f"SELECT {EXITS} FROM enrolments ORDER BY 2 NULLS LAST, 4 DESC"
    listed(home, tmp_path, "Courriel;Session;Référent\nada@example.org;S1;mia@example.org\n", "mentors.csv")
    assert told(home, query) == [("abandoned", "2026-02-10", ["personal"], True),
                                 ("abandoned", "2026-02-12", ["personal"], False)]  # fmt: skip
    listed(
        home, tmp_path,
        "Courriel;Session;Date de sortie;Statut\nada@example.org;S1;;\nbob@example.org;S1;;En cours\n"
        "cleo@example.org;S1;13/02/2026;Abandon\n", "later.csv",
    )  # fmt: skip
    assert told(home, query) == [("abandoned", "2026-02-13", None, False), ("ongoing", None, None, True),
                                 ("ongoing", None, None, False)]  # fmt: skip


def test_a_sheet_imported_before_its_roster_is_read_again(tmp_path: Path) -> None:
    """Its rows name nobody at first; once the list is there the same file brings them, and then nothing more."""
    home = Home(tmp_path / "home").prepare()
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("Courriel;Session;Date;Statut\nada@example.org;S1;06/01/2026;P\n", encoding="utf-8")

    def bring() -> tuple[int, bool]:
        done = import_source(home, "table", str(sheet), as_of=TODAY, options={"preset": "attendance"})
        return done.rows_kept, done.already

    assert [bring(), bring()] == [(0, False), (0, True)]
    listed(
        home, tmp_path,
        "Courriel;Session;Date d'entrée;Date de fin prévue\nada@example.org;S1;05/01/2026;30/04/2026\n",
    )  # fmt: skip
    assert [bring(), bring()] == [(1, False), (1, True)]
    assert told(home, "SELECT status FROM attendance") == [("present",)]


def test_sheets_of_two_teams_come_in_any_order_but_one_never_goes_back(home: Home, tmp_path: Path) -> None:
    """Files are compared with those of the same name: another team's sheet of the day before is not an older export."""
    head = "E-mail,Date,Heure,Présence\n"
    sheets = [tmp_path / f"team-{name}.csv" for name in "ab"]
    for sheet, hour in zip(sheets, ("09:00", "14:00"), strict=True):
        sheet.write_text(f"{head}nobody@example.org,12/01/2026,{hour},Présent\n", encoding="utf-8")
    options = {"preset": "attendance"}
    for sheet, day in zip(sheets, (NEXT_DAY, TODAY), strict=True):
        assert import_source(home, "table", str(sheet), as_of=day, options=options).rows_in == 1
    sheets[0].write_text(f"{head}nobody@example.org,13/01/2026,09:00,Présent\n", encoding="utf-8")
    with pytest.raises(SourceError, match="older than the records of its source"):
        import_source(home, "table", str(sheets[0]), as_of=TODAY, options=options)
