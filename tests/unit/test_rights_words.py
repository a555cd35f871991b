"""What an access tells is in words, by reflection: a column or a code that is added one day is met here."""

import ast
import inspect
import json
import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Float, Integer, MetaData, Table

from data import consents, contracts
from data.sources import plain
from serving import choices
from serving.alerts import holding, kinds, life, steps
from serving.alerts import policy as alerts
from serving.language import Speech
from serving.quality.appointments import policy as appointments
from serving.quality.appointments import repository as appointment_steps
from serving.quality.complaints import policy as complaints
from serving.quality.complaints import repository as complaint_steps
from serving.quality.repository import REGISTER_EVENTS
from serving.quality.surveys import policy as surveys
from serving.quality.words import GAPS
from serving.rights import codes, columns, holdings, policy, repository, requests, telling
from serving.sources import CatalogueWords
from serving.tables import Base
from serving.tables.base import Instant

LANGUAGES = ("fr", "en")
UNTOLD = ("learner_id", "previous_hash", "hash")
"""Columns of the work database that `repository.rows_of` leaves out."""
RAW = re.compile(r"\b[a-z]+_[a-z_]+\b")
NOW, TODAY = datetime(2026, 6, 15, 10, tzinfo=UTC), date(2026, 6, 15)
REASON = {"feature": "days_since_last_login", "value": 3.0}
SIGNAL = {"kind": "sudden_silence", "since": "2026-06-15", "grave": True, "reasons": [REASON]}


def spoken(language):
    return Speech(language, ZoneInfo("Europe/Paris"))


def persons(metadata):
    """Return the tables of persons, each with the columns that are told."""
    named = {table.name: [column.name for column in table.columns] for table in metadata.sorted_tables}
    return {
        table: [name for name in names if name not in UNTOLD]
        for table, names in named.items()
        if {*policy.PERSON} & {*names}
    }


def built():
    """Return the columns that the code of what is held writes out by itself, by table."""
    calls = [one for one in ast.walk(ast.parse(inspect.getsource(holdings))) if isinstance(one, ast.Call)]
    made = [
        one.args for one in calls if getattr(one.func, "id", "") == "Holding" and isinstance(one.args[2], ast.Tuple)
    ]
    return {ast.literal_eval(name): ast.literal_eval(told) for _, name, told, *_ in made}


def everything():
    """Return whatever an access may tell: columns by table."""
    recorded = {name: spec.names for name, spec in contracts.TABLES.items() if {*policy.PERSON} & {*spec.names}}
    waiting = {name for table in plain.TABLES.values() if "person" in table.names for name in table.names}
    return {**persons(Base.metadata), **recorded, **built(), "received_batches": [*waiting, "stored_at", "rows"]}


def wordless(told):
    """Return the columns that no words say; features and purposes are said by their own names."""
    own = ("features", "purposes")
    return {
        (table, column)
        for table, names in told.items() if table not in own
        for column in names if columns.name(table, column) is None
    }  # fmt: skip


def test_no_column_of_a_person_is_without_words():
    assert {"identities", "texts", "files", "packs", "decisions", "named_in", "statements"} <= set(built())
    assert wordless(everything()) == set()


def test_a_column_added_without_words_is_found():
    added = MetaData()
    Table("alerts", added, Column("enrolment_id", BigInteger), Column("invented_on", Date))
    assert wordless(persons(added)) == {("alerts", "invented_on")}


def test_every_table_where_a_note_may_name_somebody_has_a_title():
    assert {table.name for table, _ in repository.worded()} <= {*telling.TABLES, *columns.ELSEWHERE}


def a_value(column):
    """Return a value of a column by its type."""
    if isinstance(column.type, Instant | Date):
        return NOW if isinstance(column.type, Instant) else TODAY
    if isinstance(column.type, Boolean | Integer | Float):
        return True if isinstance(column.type, Boolean) else 1
    if isinstance(column.type, JSON):
        return {"motives": ["job"], "reasons": [REASON]}.get(column.name, [SIGNAL])
    return json.dumps({"as_of": "2026-06-15", "before.state": "open"}) if column.name == "details" else "x"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_of_a_column_is_left_in_the_text(language):
    told = []
    for table in Base.metadata.sorted_tables:
        if table.name in (names := persons(Base.metadata)):
            row = tuple(a_value(table.c[name]) for name in names[table.name])
            told.append(holdings.Holding("work", table.name, tuple(names[table.name]), (row,)))
    for name, spec in contracts.TABLES.items():
        if {*policy.PERSON} & {*spec.names}:
            told.append(holdings.Holding("records", name, spec.names, (tuple(1 for _ in spec.names),)))
    day = datetime.combine(TODAY, datetime.min.time())  # as a Parquet file has it: no zone
    figures = ((9, day, "day_of_course", 3), (9, day, "never_active", 0))
    told.append(holdings.Holding("computed", "features", ("enrolment_id", "as_of_on", "name", "value"), figures))
    text = "\n".join(telling.as_text(told, [], spoken(language), CatalogueWords()))
    assert text.count("\n## ") == len(told)
    assert RAW.findall(text) == []


@pytest.mark.parametrize(
    ("table", "column", "accepted"),
    [
        *((name, one.name, one.accepted) for name, spec in contracts.TABLES.items()
          if {*policy.PERSON} & {*spec.names} for one in spec.columns if one.accepted),
        ("enrolments", "motives", life.MOTIVES),
        ("alerts", "motives", life.MOTIVES),
        ("alerts", "state", alerts.STATES),
        ("alerts", "outcome", [code for listed in alerts.OUTCOMES.values() for code in listed]),
        ("alerts", "kind", kinds.KINDS),
        ("alerts", "closed_by", (steps.PERSON, steps.SYSTEM)),
        ("held_alerts", "kind", kinds.KINDS),
        ("held_alerts", "reason", holding.REASONS),
        ("actions", "kind", choices.KINDS),
        ("actions", "channel", choices.CHANNELS),
        ("appointments", "kind", appointments.KINDS),
        ("appointments", "state", appointments.STATES),
        ("complaints", "kind", complaints.KINDS),
        ("complaints", "subject", complaints.SUBJECTS),
        ("complaints", "state", complaints.STATES),
        ("complaints", "outcome", complaints.OUTCOMES),
        ("survey_chases", "wave", surveys.WAVES),
        ("rights_requests", "kind", requests.KINDS),
        ("rights_requests", "state", requests.STATES),
        ("justifications", "gap", GAPS),
        ("decisions", "choice", consents.CHOICES),
        ("journal", "event", (*REGISTER_EVENTS, *appointment_steps.EVENTS, *complaint_steps.EVENTS)),
        *((table, name, choices.ROLES) for table, names in persons(Base.metadata).items()
          for name in names if name in holdings.STAFF),
    ],
)  # fmt: skip
def test_every_code_has_its_words(table, column, accepted):
    assert [code for code in accepted if code not in codes.of(table, column)] == []


def test_each_step_of_the_journal_is_told_in_the_words_of_its_own_table():
    assert {event for event in codes.EVENTS if event.partition("_")[0] not in codes.STEPS_OF} == set()
    own = {table for table in codes.STEPS_OF.values() if table in Base.metadata.tables}
    assert own == {*codes.STEPS_OF.values()}


def an_entry(event, **details):
    return ("journal", ("event", "details"), (event, json.dumps(details)))


@pytest.mark.parametrize(
    ("held", "french", "english"),
    [
        (("enrolments", ("passed", "outcome"), (False, "neutral_exit")),
         "Réussite : Non ; Issue : Sortie neutre", "Passed: No; Outcome: Neutral exit"),
        (("activity", ("record_id", "kind"), (7, "quiz_view")),
         "Ce qui a été fait : Consultation d’un quiz ; Trace (numéro) : 7",
         "What was done: Looked at a quiz; Record (number): 7"),
        (("quiz_results", ("submitted_at", "submitted_on"), (NOW, TODAY)),
         "Remis le : 15 juin 2026, 12:00", "Handed in at: 15 Jun 2026, 12:00"),
        (("survey_answers", ("scale", "value"), ("intent", -1.0)),
         "Échelle de la réponse : reste, hésite ou part ; Réponse : Part",
         "Scale of the answer: stays, hesitates or leaves; Answer: Leaves"),
        (("survey_answers", ("question", "value"), ("own question", 4.5)),
         "Question : own question ; Réponse : 4,5", "Question: own question; Answer: 4.5"),
        (("alerts", ("state", "snoozed_until", "outcome"), ("invented", None, "")),
         "État : invented", "State: invented"),
        (("alerts", ("invented_on", "kinds"), (TODAY, [SIGNAL])),
         "invented_on : 15 juin 2026 ; Motifs : Silence soudain (relevé depuis le 15 juin 2026, signalé sans attendre)",
         "invented_on: June 15, 2026; Grounds: Sudden silence (seen since June 15, 2026, told without waiting)"),
        (("scores", ("signals",), ([SIGNAL],)),
         "Signaux relevés : Silence soudain (relevé depuis le 15 juin 2026, signalé sans attendre, "
         "aucune connexion depuis 3 jours (hors fermetures))", None),
        (("scores", ("reasons",), ([{"feature": "of_before", "value": 2.5}],)),
         "Raisons de l’estimation : of_before : 2,5", "Reasons of the estimate: of_before: 2.5"),
        (("decisions", ("decided_at", "purpose", "choice"), ("2026-06-15T10:00:00+00:00", "attendance", "objected")),
         "Décidé le : 15 juin 2026, 12:00 ; Finalité : lire les présences ; Décision : L’apprenant s’oppose",
         "Decided at: 15 Jun 2026, 12:00; Use of data: read attendance; Decision: The learner objects"),
        (an_entry("alert_reassigned", **{"state": "open", "before.mentor_id": "77", "given_to": "88", "useful": None}),
         "Étape : Alerte confiée à un autre mentor ; État : À regarder ; Mentor, auparavant : Mentor ; "
         "Confiée à : Mentor",
         "Step: Alert given to another mentor; State: To be looked at; Mentor, before: Mentor; Given to: Mentor"),
        (an_entry("complaint_changed", kind="difficulty", state="answered", answer_digest="0f6d"),
         "Étape : Réclamation ou difficulté modifiée ; Nature : Difficulté ; État : Répondue ; "
         "Empreinte de ce qui a été écrit (Réponse) : 0f6d", None),
        (an_entry("appointment_planned", state="planned", at="2026-06-15T10:00:00+00:00", invented_key="as it is"),
         "Étape : Rendez-vous convenu ; État : Prévu ; Convenu pour le : 15 juin 2026, 12:00 ; invented_key : as it is",
         None),
        (("received_batches", ("rows",), ([{"person": "417", "mentor": "5", "kind": "login"}],)),
         "Ce qui attend : (Apprenant (identifiant dans sa source) : 417, Mentor : Mentor, Nature : Connexion)", None),
        (("named_in", ("table", "rows"), ("improvements", 2)), "Où : Plan d’amélioration ; Lignes : 2", None),
    ],
)  # fmt: skip
def test_a_row_is_told_in_both_languages_and_what_has_no_words_stays(held, french, english):
    name, told, row = held
    for language, expected in zip(LANGUAGES, (french, english), strict=True):
        one = holdings.Holding("work", name, told, (row,))
        lines = [*telling.as_text([one], [], spoken(language), CatalogueWords())]
        assert expected is None or lines[-1].replace("\u00a0", " ") == f"- {expected}"


def test_rows_of_the_records_are_told_in_the_order_of_their_days():
    rows = ((date(2026, 6, 2), 2), (None, 9), (date(2026, 6, 1), 1))
    one = holdings.Holding("records", "contacts", ("contacted_on", "record_id"), rows)
    lines = [*telling.as_text([one], [], spoken("en"), CatalogueWords())][-3:]
    assert [line[-1] for line in lines] == ["1", "2", "9"]
