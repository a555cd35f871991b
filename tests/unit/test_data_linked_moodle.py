"""Moodle after another source: who was there is the same person, with the same enrolment, and never a guess."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from data.contracts import TABLES
from data.erasure import erase
from data.home import Home
from data.identities import Identity, Vault
from data.imports import import_folder, import_source
from data.person_commands import person_app
from data.privacy import Pseudonymiser, load_key
from data.store import RecordStore
from tests.unit.small_sites import Rows, at, moodle_tables_small, write_moodle

TODAY, NEXT_DAY = date(2026, 4, 10), date(2026, 4, 11)
HEAD = "Courriel;Session;Date d'entrée;Date de fin prévue"
DAYS = "05/01/2026;29/03/2026"
AT = datetime(2026, 4, 12, tzinfo=UTC)


def listed(home: Home, folder: Path, *lines: str, head: str = HEAD, name: str = "list.csv") -> None:
    (folder / name).write_text("\n".join((head, *lines)) + "\n", encoding="utf-8")
    import_source(home, "table", str(folder / name), as_of=TODAY, options={"preset": "enrolments"})


def site(emails: Mapping[int, str] | None = None) -> dict[str, Rows]:
    """Return the small site, with the e-mails of some users changed."""
    tables = moodle_tables_small()
    for row in tables["user"]:
        row["email"] = (emails or {}).get(row["id"], row["email"])
    return tables


def moodle(home: Home, folder: Path, tables: Mapping[str, Rows] | None = None, as_of: date = TODAY) -> None:
    import_folder(home, "moodle", write_moodle(folder / "tables", tables or site()), as_of=as_of)


def asked(home: Home, query: str) -> list[tuple[Any, ...]]:
    with RecordStore(home).connect(whole=True) as con:
        return con.execute(query).fetchall()


def whole(home: Home) -> dict[str, pa.Table]:
    """Return all the rows of all the tables."""
    with RecordStore(home).connect(whole=True) as con:
        return {name: con.execute(f"SELECT * FROM {name} ORDER BY ALL").to_arrow_table() for name in TABLES}


def vault_of(home: Home) -> tuple[dict[int, Identity], dict[tuple[str, str], int]]:
    vault = Vault(home.identities_database)
    found = vault.find("learner"), vault.links()
    vault.close()
    return found


def learner_of(home: Home, source: str, source_id: str) -> int:
    return Pseudonymiser(load_key(home.keys), source).one("learner", source_id)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").prepare()


ONE = f"u10@example.org;A-1;{DAYS}"


LINES = {
    10: ONE,
    11: f"  U11@Example.org ;A-1;{DAYS}",  # another case, and blanks
    12: f"u12@example.org;A-1;{DAYS}",
    13: f"u13@example.org;B-9;{DAYS}",  # known in a session Moodle has not
    14: f"u14@example.org;A-2;{DAYS}",
    15: f"shop@example.org;A-1;{DAYS}",
}
EMAILS = {
    12: " U12@EXAMPLE.ORG ",
    14: "",  # nothing tells who it is
    15: "shop@example.org", 16: "shop@example.org",  # two accounts, one address
    20: "u10@example.org",  # no learner
}  # fmt: skip


def with_more(tables: dict[str, Rows], *numbers: int) -> dict[str, Rows]:
    """Return a site with more learners in its first session."""
    for number in numbers:
        tables["user"].append({"id": number, "firstname": "Fay", "lastname": "T", "email": EMAILS[number]})
        tables["role_assignments"].append({"id": 80 + number, "roleid": 5, "contextid": 1, "userid": number})
        tables["user_enrolments"].append({**tables["user_enrolments"][0], "id": 180 + number, "userid": number})
    return tables


def test_who_a_list_brought_is_one_person_with_one_enrolment(home: Home, tmp_path: Path) -> None:
    """By e-mail, whatever its case; nobody is guessed by an address of two accounts, or by none."""
    listed(home, tmp_path, *LINES.values())
    by_mail = {str(who.email).strip().casefold(): number for number, who in vault_of(home)[0].items()}
    before = asked(home, "SELECT enrolment_id, learner_id FROM enrolments")
    moodle(home, tmp_path, with_more(site(EMAILS), 15, 16))
    linked = {("moodle", str(number)): by_mail[f"u{number}@example.org"] for number in (10, 11, 12, 13)}
    assert vault_of(home)[1] == linked
    assert set(vault_of(home)[0]) == {*by_mail.values(), *(learner_of(home, "moodle", n) for n in ("14", "15", "16"))}
    after = asked(home, "SELECT enrolment_id, learner_id FROM enrolments")
    assert set(before) <= set(after)
    assert len(after) == len(before) + 5  # 10 in A-2, 13 in A-1, and the three that are not linked
    done = "SELECT DISTINCT learner_id FROM activity JOIN enrolments USING (enrolment_id) WHERE session_id = 'A-1'"
    assert {number for (number,) in asked(home, done)} == {linked["moodle", each] for each in ("10", "11", "12")}


@pytest.mark.parametrize(
    ("people", "links"),
    [
        ([(1, "table", "P1"), (2, "table", "P2")], {}),  # two learners with one address are not guessed apart
        ([(1, "moodle", "99")], {}),  # another account of the same Moodle is another person
        ([(1, "moodle", "u10@example.org")], {("moodle", "10"): 1}),  # its grades export, which tells no number
        ([(1, "canvas", "7")], {("moodle", "10"): 1}),
    ],
)
def test_an_address_links_to_the_only_learner_with_no_account_yet(
    home: Home, tmp_path: Path, people: list[tuple[int, str, str]], links: dict[tuple[str, str], int]
) -> None:
    vault = Vault(home.identities_database)
    vault.put(Identity("learner", *one, None, "u10@example.org") for one in people)
    vault.close()
    moodle(home, tmp_path)
    assert vault_of(home)[1] == links
    assert (learner_of(home, "moodle", "10") in vault_of(home)[0]) is not bool(links)


@pytest.mark.parametrize("by", ["moodle", "table"])
def test_an_address_shared_with_somebody_erased_links_to_nobody(home: Home, tmp_path: Path, by: str) -> None:
    """Whose it is cannot be told: not the other's, whose records would then be two persons'."""
    load_key(home.keys)
    vault = Vault(home.identities_database)
    vault.put(Identity("learner", one, "canvas", str(one), None, "u10@example.org") for one in (1, 2))
    vault.close()
    erase(home, 1, by="DPO", at=AT, reason="asked")
    if by == "moodle":
        moodle(home, tmp_path)
    else:
        listed(home, tmp_path, ONE)
    assert asked(home, "SELECT learner_id FROM enrolments WHERE learner_id IN (1, 2)") == []
    people, links = vault_of(home)
    assert links == {}
    assert learner_of(home, by, "10" if by == "moodle" else "u10@example.org") in people


COLUMNS = [name for name in TABLES["enrolments"].names if name not in ("enrolment_id", "learner_id")]
RICH_HEAD = HEAD + ";Date de sortie;Statut;Motif de sortie;Financement"
RICH = (
    f"u10@example.org;A-1;{DAYS};;;;CPF",
    f"u11@example.org;A-1;{DAYS};10/02/2026;Abandon;Santé;CPF",
    f"u13@example.org;A-1;{DAYS};20/03/2026;Terminé;;",
)


def test_in_either_order_the_store_holds_the_same(tmp_path: Path) -> None:
    """Where the list and Moodle agree, nothing but the numbers tells which one came first."""
    found = []
    for order in ("moodle first", "list first"):
        folder = tmp_path / order
        home = Home(folder / "home").prepare()
        if found:
            shutil.copytree(tmp_path / "moodle first" / "home" / "keys", home.keys, dirs_exist_ok=True)
        for step in ("moodle", "list") if order == "moodle first" else ("list", "moodle"):
            moodle(home, folder) if step == "moodle" else listed(home, folder, *RICH, head=RICH_HEAD)
        mails = {number: who.email for number, who in vault_of(home)[0].items()}
        rows = asked(home, f"SELECT learner_id, {', '.join(COLUMNS)} FROM enrolments")
        enrolled = sorted(((mails[learner], *rest) for learner, *rest in rows), key=repr)
        counts = [
            asked(home, f"SELECT learner_id, count(*) FROM {name} JOIN enrolments USING (enrolment_id) GROUP BY 1")
            for name in ("activity", "posts", "quiz_results", "survey_answers")
        ]
        found.append((enrolled, [sorted((mails[learner], n) for learner, n in rows) for rows in counts]))
    assert found[0] == found[1]
    assert [row[COLUMNS.index("funding") + 1] for row in found[0][0] if row[0] == "u10@example.org"] == ["CPF", None]


def test_an_account_stays_whose_it_is_by_its_number(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moodle again changes nothing; a new name or address is taken, and makes nobody new, nor does the list again."""
    listed(home, tmp_path, ONE)
    moodle(home, tmp_path)
    before, ada = whole(home), learner_of(home, "table", "u10@example.org")
    moodle(home, tmp_path, as_of=NEXT_DAY)
    assert whole(home) == before
    changed = site({10: "ada@new.example.org", 11: "u10@example.org"})
    changed["user"][1]["lastname"] = "Durand"
    moodle(home, tmp_path, changed, date(2026, 4, 12))
    assert whole(home) == before
    people, links = vault_of(home)
    assert links == {("moodle", "10"): ada}
    assert (people[ada].source, people[ada].display_name, people[ada].email) == (
        "table", "Ada Durand", "ada@new.example.org",
    )  # fmt: skip
    listed(home, tmp_path, ONE, f"ada@new.example.org;B-9;{DAYS}", name="again.csv")
    assert len(asked(home, "SELECT DISTINCT learner_id FROM enrolments")) == 5
    monkeypatch.setenv("FILROUGE_HOME", str(home.root))
    found = json.loads(CliRunner().invoke(person_app, ["find", "Durand", "--json"]).stdout)["people"]
    assert {(one["pseudonym"], one["source"], one["source_id"]) for one in found} == {
        (ada, "table", "u10@example.org"), (ada, "moodle", "10"),
    }  # fmt: skip
    assert json.loads(CliRunner().invoke(person_app, ["show", "10", "--json"]).stdout)["learner"] == ada


def test_somebody_erased_does_not_come_back_by_moodle(home: Home, tmp_path: Path) -> None:
    """Neither under another number, nor with another e-mail, nor with none."""
    gone = (10, 11, 13)
    listed(home, tmp_path, *(f"u{number}@example.org;A-1;{DAYS}" for number in gone))
    moodle(home, tmp_path)
    for number in gone:
        learner = learner_of(home, "table", f"u{number}@example.org")
        assert erase(home, learner, by="DPO", at=AT, reason="asked").still_in == ()
    assert vault_of(home)[1] == {}
    tables = site({10: "U10@example.org ", 11: "bob@new.example.org", 13: ""})
    for name, rows in tables.items():
        for row in rows:
            for column in ("id" if name == "user" else "userid", "relateduserid"):
                row.update({column: 50} if row.get(column) == 10 else {})
    moodle(home, tmp_path, tables, date(2026, 4, 13))
    assert {who.source_id for who in vault_of(home)[0].values()} == {"12", "14"}
    assert vault_of(home)[1] == {}
    assert asked(home, "SELECT count(*), count(DISTINCT learner_id) FROM enrolments") == [(2, 2)]
    assert asked(home, "SELECT count(*) FROM quiz_results") == [(0,)]


EXIT_HEAD = HEAD + ";Date de sortie;Statut;Motif de sortie;Référent"
TOLD = "outcome, ended_on::VARCHAR, outcome_known_on::VARCHAR, motives, mentor_id"


def test_what_moodle_does_not_say_stays_as_the_list_told_it(home: Home, tmp_path: Path) -> None:
    """An exit and a mentor that Moodle has not; once Moodle's row is altered after the exit, Moodle's word holds."""
    listed(home, tmp_path, "u14@example.org;A-2;08/04/2026;28/06/2026;09/04/2026;Abandon;Santé;mia@example.org",
           head=EXIT_HEAD)  # fmt: skip
    query = f"SELECT {TOLD} FROM enrolments WHERE started_on = DATE '2026-04-08'"
    mia = Pseudonymiser(load_key(home.keys), "table").one("mentor", "mia@example.org")
    moodle(home, tmp_path)
    assert asked(home, query) == [("abandoned", "2026-04-09", "2026-04-09", ["personal"], mia)]
    tables = site()
    next(row for row in tables["user_enrolments"] if row["id"] == 104)["timemodified"] = at("2026-04-11")
    moodle(home, tmp_path, tables, date(2026, 4, 12))
    assert asked(home, query) == [("ongoing", None, None, None, mia)]


def test_mentors_are_told_by_moodle_where_it_has_one(home: Home, tmp_path: Path) -> None:
    """A list's mentor stands where Moodle has none; one that Moodle no longer has does not."""
    moodle(home, tmp_path)
    listed(home, tmp_path, "u10@example.org;A-1;mia@example.org", "u10@example.org;A-2;mia@example.org",
           head="Courriel;Session;Référent")  # fmt: skip
    table, own = (Pseudonymiser(load_key(home.keys), each) for each in ("table", "moodle"))
    query = (
        "SELECT session_id, mentor_id FROM enrolments WHERE learner_id ="
        f" {own.one('learner', '10')} ORDER BY session_id"
    )
    theirs, moodles = table.one("mentor", "mia@example.org"), own.one("mentor", "20")
    assert asked(home, query) == [("A-1", theirs), ("A-2", theirs)]
    moodle(home, tmp_path, as_of=NEXT_DAY)
    assert asked(home, query) == [("A-1", moodles), ("A-2", theirs)]
    tables = site()
    tables["role_assignments"] = [row for row in tables["role_assignments"] if row["userid"] != 20]
    moodle(home, tmp_path, tables, date(2026, 4, 12))
    assert asked(home, query) == [("A-1", None), ("A-2", theirs)]


def test_alone_moodle_s_people_are_their_numbers(home: Home, tmp_path: Path) -> None:
    """Two accounts with one address are two people, whenever they come; all pseudonyms are those of the numbers."""
    shared = site({10: "shop@example.org", 11: "shop@example.org"})
    moodle(home, tmp_path, shared)
    late = site({10: "shop@example.org", 11: "shop@example.org", 13: "shop@example.org"})
    moodle(home, tmp_path, with_more(late, 15), NEXT_DAY)
    people, links = vault_of(home)
    assert links == {}
    assert {who.source_id for who in people.values()} == {"10", "11", "12", "13", "14", "15"}
    assert set(people) == {learner_of(home, "moodle", who.source_id) for who in people.values()}
    own = Pseudonymiser(load_key(home.keys), "moodle")
    places = [*((n, 2) for n in (10, 11, 12, 13, 15)), *((n, 3) for n in (10, 14))]
    numbers = {own.one("enrolment", f"{person}:{course}") for person, course in places}
    assert {number for (number,) in asked(home, "SELECT enrolment_id FROM enrolments")} == numbers
