"""Any table: what each preset makes of a file with its tool's own headers, who is who, and what is told of a file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.batches import Manifest
from data.errors import SourceError
from data.home import Home
from data.identities import Vault
from data.imports import import_source
from data.sources.table_mapping import preset_file, presets, read_mapping
from data.sources.table_suggest import render, suggest
from data.store import RecordStore
from tests.unit.read_tables import CLOCK, read_file, workbook

PROVES = {
    "sessions": "test_a_list_of_enrolments", "enrolments": "test_a_list_of_enrolments",
    "activity": "test_each_preset_reads_its_tool", "assessments": "test_marks_and_their_test",
    "quiz_results": "test_marks_and_their_test", "surveys": "test_answers_and_silence",
    "survey_answers": "test_answers_and_silence", "attendance": "test_each_preset_reads_its_tool",
    "calendar": "test_a_mapping_fills_any_table", "learner_attributes": "test_a_mapping_fills_any_table",
    "contacts": "test_past_contacts_are_imported",
}  # fmt: skip
LIST = """Liste des inscrits;;;;;;;;
Nom;Prénom;Courriel;Session;Date d'entrée;Date de fin prévue;Date de sortie;Issue;Motif de sortie
Lovelace;Ada;ada@example.org;S1;05/01/2026;30/04/2026;;En cours;
Noël;Bob;bob@example.org;S1;05/01/2026;30/04/2026;10/02/2026;Abandon;Santé, transport
Roy;Cleo;CLEO@example.org;S1;05/01/2026;30/04/2026;20/02/2026;Reprise d'emploi;
Roy;Dan;dan@example.org;S1;05/01/2026;30/04/2026;31/02/2026;Abandon;
Roy;Eve;eve@example.org;S9;;;;;
"""
CALLS = """Courriel;Date de contact;Type de contact;Résultat du contact;Mentor;Commentaire
ada@example.org;13/01/2026;Appel téléphonique;Joint;Mia;a dit qu'elle déménage
ada@example.org;20/01/2026;SMS;;Mia;
bob@example.org;02/02/2026;Pigeon;Sans réponse;Mia;
"""
PEOPLE = ("ada", "bob", "cleo")


def bring(home: Home, path: Path, **options: str) -> Manifest:
    return import_source(home, "table", str(path), as_of=CLOCK.as_of, options=options)


def rows(home: Home, query: str) -> list[Any]:
    with RecordStore(home).connect() as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a session of three, from a list in Windows-1252."""
    folder = tmp_path_factory.mktemp("table")
    (folder / "list.csv").write_bytes(LIST.encode("cp1252"))
    made = Home(folder / "home").prepare()
    bring(made, folder / "list.csv", preset="enrolments")
    return made


def test_a_list_of_enrolments(home: Home) -> None:
    """Dates, outcomes and motives are read; what does not read is named; names are in the vault and nowhere else."""
    manifest = RecordStore(home).batches()[0]
    assert (manifest.rows_in, manifest.rows_kept) == (5, 3)
    assert manifest.quarantined == {"unreadable date": 1, "unknown session": 1}
    assert manifest.cursor["read_as"] == {"list.csv": {"encoding": "cp1252", "separator": ";"}}
    told = rows(home, "SELECT outcome, ended_on, motives FROM enrolments ORDER BY ended_on NULLS FIRST")
    assert told == [("ongoing", None, None), ("abandoned", date(2026, 2, 10), ["distance", "personal"]),
                    ("neutral_exit", date(2026, 2, 20), None)]  # fmt: skip
    assert rows(home, "SELECT session_id, starts_on, ends_on FROM sessions")[0] == (
        "S1", date(2026, 1, 5), date(2026, 4, 30))  # fmt: skip
    vault = Vault(home.identities_database)
    names = {who.display_name for who in vault.find("learner").values()}
    vault.close()
    assert names == {"Ada Lovelace", "Bob Noël", "Cleo Roy"}
    stored = b"".join(path.read_bytes() for path in home.records.rglob("*") if path.is_file())
    assert not any(word in stored for word in (b"Lovelace", b"ada@", b"@example"))


def test_importing_twice_changes_nothing(home: Home, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_bytes(LIST.encode("cp1252"))
    before = RecordStore(home).versions()
    again = bring(home, tmp_path / "list.csv", preset="enrolments")
    assert again.batch_id in {batch.batch_id for batch in RecordStore(home).batches()}
    assert RecordStore(home).versions() == before


TEAMS = (
    "1. Summary\nMeeting title\tCours\nAttended participants\t2\nStart time\t1/20/26, 4:16:29 PM\n"
    "Meeting duration\t1h 13m 42s\n\n2. Participants\n"
    "Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole\n"
    "Ada\t1/20/26, 4:30:36 PM\t1/20/26, 5:30:11 PM\t59m 35s\tada@example.org\tada@example.org\tPresenter\n"
    "Mia\t1/20/26, 4:16:30 PM\t1/20/26, 5:30:11 PM\t1h 13m\tmia@example.org\tmia@example.org\tOrganizer\n\n"
    "3. In-Meeting Activities\nName\tJoin Time\tLeave Time\tDuration\tEmail\tRole\n"
    "Ada\t1/20/26, 4:30:36 PM\t1/20/26, 5:30:11 PM\t59m 35s\tada@example.org\tPresenter\n"
).encode("utf-16")
ZOOM = (
    "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants,\n"
    "811,Cours,01/20/2026 06:00:00 PM,01/20/2026 07:00:00 PM,mia@example.org,60,2,\n\n"
    "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest\n"
    "Ada,ada@example.org,01/20/2026 06:03:00 PM,01/20/2026 07:00:00 PM,57,No\n"
    "Tél,,01/20/2026 06:03:00 PM,01/20/2026 07:00:00 PM,57,Yes\n"
).encode()
MONKEY = (
    b"Respondent ID,Collector ID,Date Created,Date Modified,IP Address,Email Address,First Name,Last Name,"
    b"Custom Data 1,How likely is it that you would recommend this course?,Overall how satisfied are you?,\n"
    b",,,,,,,,,,Response,Other (please specify)\n"
    b"1,2,2026-01-30 10:00:00,2026-01-30 10:05:00,192.0.2.7,ada@example.org,Ada,L,,9,Very satisfied,\n"
    b"2,2,2026-01-30 10:00:00,2026-01-30 10:05:00,192.0.2.8,,,,,3,Dissatisfied,x\n"
)
FORM = (
    'Horodateur,Adresse e-mail,Recommanderiez-vous la formation ?,"Êtes-vous satisfait(e), au fond ?",'
    "Comptez-vous aller au bout ? Pensez-vous arrêter ?,Pourquoi êtes-vous satisfait ?\n"
    '30/01/2026 18:12:05,ada@example.org,9,Très satisfait(e),Je ne sais pas,"Parce, que"\n'
    "2026/01/30 6:12:05 PM UTC+1,bob@example.org,10 - Sûrement,Peu satisfait(e),Je pense arrêter,\n"
).encode()
LIME = (
    b'"id","submitdate","lastpage","startlanguage","seed","token","startdate","datestamp","Q1. Recommanderiez-vous ?"\n'
    b'"1","2026-01-30 10:00:00","3","fr","12","abc","2026-01-30 09:00:00","2026-01-30 10:00:00","9"\n'
    b'"2","","1","fr","13","def","2026-01-30 09:00:00","2026-01-30 10:00:00",""\n'
    b'"3","1980-01-01 00:00:00","3","fr","14","ada@example.org","","","7"\n'
    b'"4","2026-01-30 10:00:00","3","fr","15","","","","7"\n'
)
SLOTS = (
    "Nom;E-mail;05/01/2026 matin;05/01/2026 après-midi;13/01/26 (Matin)\n"
    "L;ada@example.org;P;Abs;x\nN;bob@example.org;;R;\n"
).encode()
HALVES = "Courriel;Date;Matin;Après-midi\nada@example.org;13/01/2026;Présente;absent justifié\n".encode()
ACTIVITY = workbook([["E-mail", "Date", "Heure", "Type"], ["ada@example.org", date(2026, 1, 13), "9h30", "Connexion"]])
READ: list[tuple[str, str, bytes, dict[str, str], str, list[tuple[Any, ...]]]] = [
    ("teams-attendance", "t.csv", TEAMS, {}, "attendance.person starts_at status minutes",
     [("ada@example.org", "2026-01-20 15:16:29+00", "present", "73.7")]),
    ("zoom-attendance", "t.csv", ZOOM, {}, "attendance.person starts_at status minutes",
     [("ada@example.org", "2026-01-20 17:00:00+00", "present", "60.0")]),
    ("surveymonkey", "t.csv", MONKEY, {"survey": "S"}, "answers.person question scale value answered_on",
     [("ada@example.org", "nps", "nps", "9.0", "2026-01-30"), ("ada@example.org", "satisfaction", "likert5", "5",
                                                               "2026-01-30")]),
    ("google-forms", "t.csv", FORM, {"survey": "S"}, "answers.person question value answered_on",
     [("ada@example.org", "nps", "9.0", "2026-01-30"), ("bob@example.org", "nps", "10.0", "2026-01-30"),
      ("ada@example.org", "satisfaction", "5", "2026-01-30"), ("bob@example.org", "satisfaction", "2", "2026-01-30"),
      ("ada@example.org", "intention", "0", "2026-01-30"), ("bob@example.org", "intention", "-1", "2026-01-30")]),
    ("limesurvey", "t.csv", LIME, {"survey": "S", "answered_on": "2026-02-01"}, "answers.person value answered_on",
     [("abc", "9.0", "2026-01-30"), ("ada@example.org", "7.0", "2026-02-01")]),
    ("attendance-slots", "t.csv", SLOTS, {}, "attendance.person starts_at status",
     [("ada@example.org", "2026-01-05 08:00:00+00", "present"), ("ada@example.org", "2026-01-05 13:00:00+00", "absent"),
      ("bob@example.org", "2026-01-05 13:00:00+00", "late"), ("ada@example.org", "2026-01-13 08:00:00+00", "present")]),
    ("attendance-halves", "t.csv", HALVES, {}, "attendance.person starts_at status",
     [("ada@example.org", "2026-01-13 08:00:00+00", "present"),
      ("ada@example.org", "2026-01-13 13:00:00+00", "excused")]),
    ("attendance", "t.csv", b"E-mail,Date,Time,Status,Duration\nada@example.org,2026-01-13,14:00,Late,3h30\n", {},
     "attendance.person starts_at status minutes", [("ada@example.org", "2026-01-13 13:00:00+00", "late", "210.0")]),
    ("activity", "t.xlsx", ACTIVITY, {}, "activity.person occurred_at kind",
     [("ada@example.org", "2026-01-13 08:30:00+00", "login")]),
    ("results", "t.csv", b"Email;Quiz;Date;Note\nada@example.org;Q1;13/01/2026;15,5\n"
     b"bob@example.org;Q1;14/01/2026;75 %\n"
, {}, "results.person assessment score", [("ada@example.org", "Q1", "0.775"),
                                                       ("bob@example.org", "Q1", "0.75")]),
    ("contacts", "t.csv", CALLS.encode("cp1252"), {}, "contacts.person contacted_on kind outcome",
     [("ada@example.org", "2026-01-13", "call", "reached"), ("ada@example.org", "2026-01-20", "message", None),
      ("bob@example.org", "2026-02-02", "other", "no_answer")]),
]  # fmt: skip


@pytest.mark.parametrize(("preset", "name", "content", "options", "asked", "expected"), READ, ids=[c[0] for c in READ])
def test_each_preset_reads_its_tool(
    tmp_path: Path, preset: str, name: str, content: bytes, options: dict[str, str], asked: str, expected: list[Any]
) -> None:
    """The tool's own headers, its dates, its second header row or its parts."""
    (tmp_path / name).write_bytes(content)
    told = read_file(tmp_path, tmp_path / name, preset=preset, **options)
    table, _, columns = asked.partition(".")
    assert [tuple(row[column] for column in columns.split()) for row in told.rows[table]] == expected
    assert told.quarantined == []
    assert told.seen == len({row["line"] for row in told.rows[table]}) + len(told.aside)


def test_anonymous_answers_are_left(tmp_path: Path) -> None:
    """An answer that names nobody is counted, and joined to nobody; an unfinished one too."""
    (tmp_path / "t.csv").write_bytes(LIME)
    told = read_file(tmp_path, tmp_path / "t.csv", preset="limesurvey", survey="S", answered_on="2026-02-01")
    assert [(line, reason) for line, _, reason, _ in told.aside] == [(3, "not finished"), (5, "anonymous")]
    (tmp_path / "a.csv").write_text("Horodateur,Recommanderiez-vous ?\n30/01/2026,9\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"columns are missing: Adresse e-mail \(a\.csv\)"):
        read_file(tmp_path, tmp_path / "a.csv", preset="google-forms", survey="S")


PARTICIPANTS = (
    "tid,firstname,lastname,email,emailstatus,token,language,validfrom,validuntil,invited,reminded,remindercount,"
    "completed,usesleft\n"
    '"1","Ada","L","ada@example.org","OK","abc","fr","","","2026-01-28 09:00","N","0","2026-01-30 10:00","0"\n'
    '"2","Bob","N","bob@example.org","OK","def","fr","","","2026-01-28 09:00","N","0","N","1"\n'
    '"3","Cleo","R","cleo@example.org","OK","ghi","fr","","","N","N","0","N","1"\n'
)


def test_answers_and_silence(home: Home, tmp_path: Path) -> None:
    """The list of participants says who is behind a token, and who was asked and kept silent."""
    (tmp_path / "r.csv").write_bytes(LIME.replace(b'"3","1980', b'"5","1980').replace(b"ada@example.org", b"zzz"))
    (tmp_path / "p.csv").write_text(PARTICIPANTS, encoding="utf-8-sig")
    options = {"preset": "limesurvey", "survey": "S", "participants": str(tmp_path / "p.csv")}
    manifest = bring(home, tmp_path / "r.csv", **options, answered_on="2026-02-01")
    assert manifest.quarantined == {"code not in the list": 1}
    assert manifest.out_of_scope == {"not finished": 1, "anonymous": 1, "answered": 1, "not asked": 1}
    told = rows(home, "SELECT question, sent_on, answered_on, value FROM survey_answers ORDER BY value, sent_on")
    assert ("nps", date(2026, 1, 28), date(2026, 1, 30), 9.0) in told
    assert ("nps", date(2026, 1, 28), None, None) in told
    assert rows(home, "SELECT count(*) FROM surveys") == [(1,)]


def test_marks_and_their_test(home: Home, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Email;Quiz;Date;Note\nada@example.org;Q1;13/01/2026;15/20\n", encoding="utf-8")
    bring(home, tmp_path / "t.csv", preset="results")
    assert rows(home, "SELECT score, attempt FROM quiz_results") == [(0.75, 1)]
    assert rows(home, "SELECT name FROM assessments") == [("Q1",)]


def test_past_contacts_are_imported(home: Home, tmp_path: Path) -> None:
    """Who, when and what, under pseudonyms; no note, no author; twice changes nothing; the future is set aside."""
    (tmp_path / "c.csv").write_text(CALLS + "ada@example.org;02/06/2026;SMS;;;\n", encoding="utf-8")
    manifest = bring(home, tmp_path / "c.csv", preset="contacts")
    assert manifest.quarantined == {"future date": 1}
    query = "SELECT contacted_on, kind, outcome, known_on = contacted_on FROM contacts ORDER BY 1"
    assert rows(home, query) == [
        (date(2026, 1, 13), "call", "reached", True), (date(2026, 1, 20), "message", None, True),
        (date(2026, 2, 2), "other", "no_answer", True)]  # fmt: skip
    (tmp_path / "d.csv").write_text(CALLS + "\n", encoding="utf-8")
    again = bring(home, tmp_path / "d.csv", preset="contacts").tables["contacts"]
    assert (again.rows, again.new, again.changed) == (3, 0, 0)
    stored = b"".join(path.read_bytes() for path in home.records.rglob("*") if path.is_file())
    assert not any(word in stored for word in (b"Mia", "déménage".encode(), b"Pigeon"))


MAPPING = """
[attributes]
person = "Who"
gender = "Gender"
disability = { column = "RQTH" }
"""
CLOSURES = """
[closures]
from_on = "Du"
to_on = "Au"
kind = { column = "Quoi", as = "words", values = { "Fermeture" = "closure", "Entreprise" = "in_company" } }
"""


def test_a_mapping_fills_any_table(home: Home, tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text(MAPPING, encoding="utf-8")
    who = {"Who": ["ada@example.org"], "Gender": ["Femme"], "RQTH": [True]}
    pq.write_table(pa.table(who), tmp_path / "t.parquet")
    bring(home, tmp_path / "t.parquet", mapping=str(tmp_path / "m.toml"))
    assert rows(home, "SELECT gender, disability FROM learner_attributes") == [("F", True)]
    (tmp_path / "m.toml").write_text(CLOSURES, encoding="utf-8")
    (tmp_path / "c.csv").write_text("Du,Au,Quoi\n2026-02-16,2026-02-20,fermeture\n2026-03-02,2026-03-06,entreprise\n",
                                    encoding="utf-8")  # fmt: skip
    bring(home, tmp_path / "c.csv", mapping=str(tmp_path / "m.toml"))
    assert rows(home, "SELECT kind, from_on FROM calendar ORDER BY from_on") == [
        ("closure", date(2026, 2, 16)), ("in_company", date(2026, 3, 2))]  # fmt: skip


@pytest.mark.parametrize("name", presets())
def test_every_preset_reads(name: str) -> None:
    assert read_mapping(preset_file(name)).about


@pytest.mark.parametrize(("preset", "name", "content"), [c[:3] for c in READ if c[0] != "attendance-halves"],
                         ids=[c[0] for c in READ if c[0] != "attendance-halves"])  # fmt: skip
def test_suggest_finds_the_preset(tmp_path: Path, preset: str, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    found = suggest(tmp_path / name)
    assert found.preset == preset
    assert "@" not in render(found).split("\ncolumns:")[0]


def test_suggest_tells_what_does_not_fit(tmp_path: Path) -> None:
    """Columns not used, rows that would be quarantined by column and reason, never a value; a draft otherwise."""
    (tmp_path / "list.csv").write_text(LIST.replace("Abandon", "Parti"), encoding="utf-8")
    told = suggest(tmp_path / "list.csv")
    assert told.preset == "enrolments"
    assert told.quarantined == {("ended_on", "unreadable date"): 1, ("outcome", "not an accepted value"): 1}
    assert told.header_line == 2
    shown = render(told)
    assert "1 outcome: not an accepted value" in shown
    assert "Parti" not in shown.split("columns:")[0]
    (tmp_path / "x.csv").write_text("Qui;Couleur\nada@example.org;bleu\n", encoding="utf-8")
    draft = suggest(tmp_path / "x.csv")
    assert (draft.preset, [column.look for column in draft.columns]) == ("", ["email", "1 words"])
    assert 'person = "Qui"' in render(draft)
