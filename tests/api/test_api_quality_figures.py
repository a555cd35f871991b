"""The key figures: the same by another way of counting, nothing known later, small ones only inside."""

import csv
import io
import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from serving.language import Speech
from serving.quality.figures import periods, repository, service, sheet
from serving.quality.figures.catalog import FIGURES
from serving.quality.figures.prevention import Hours
from serving.quality.figures.repository import Window
from serving.quality.scope import Scope, scope_of
from serving.quality.sheets import as_csv
from tests.api import serving_seed as seed

TODAY = seed.TODAY
SINCE = date(2026, 1, 1)
SESSIONS = {f"{course}-{n}": course for course in ("AA", "BB") for n in range(3)}
DAY = timedelta(days=1)
SCOPES = 1 + 2 + 6 + 2 * 2
"""The organisation, two courses, their sessions; and the two sessions of the small organisation that have alerts."""


def drawn(seed_number, *, people=12):
    """Return records of six sessions drawn at random: departures, surveys, posts."""
    rng = np.random.default_rng(seed_number)
    rows = {name: [] for name in ("sessions", "enrolments", "activity", "posts", "surveys", "survey_answers")}
    for s, (code, course) in enumerate(SESSIONS.items()):
        start = SINCE + int(rng.integers(0, 60)) * DAY
        rows["sessions"].append({"session_id": code, "course_id": course, "name": code, "starts_on": start,
                                 "ends_on": start + 70 * DAY})  # fmt: skip
        for name, closes in (("a", start + 20 * DAY), ("b", TODAY)):
            rows["surveys"].append({"survey_id": 10 * s + ord(name) % 2, "session_id": code, "name": name,
                                    "kind": "pulse", "opens_on": start, "closes_on": closes})  # fmt: skip
        for n in range(people):
            learner(rows, rng, 1000 * s + n, code, course, start, s)
        talk(rows, rng, s, code, start, people)
    return rows


def learner(rows, rng, number, code, course, start, s):
    outcome = str(rng.choice(["ongoing", "completed", "abandoned", "neutral_exit", "transferred"],
                             p=[0.3, 0.3, 0.25, 0.1, 0.05]))  # fmt: skip
    over = start + int(rng.integers(5, 170)) * DAY
    known = {} if outcome == "ongoing" else {"ended_on": over, "outcome_known_on": over}
    result = {"passed": bool(rng.random() < 0.7), "result_known_on": over} if outcome == "completed" else {}
    rows["enrolments"].append(
        {"enrolment_id": number, "learner_id": number, "session_id": code, "course_id": course, "registered_on": start,
         "started_on": start, "planned_end_on": start + 70 * DAY, "outcome": outcome, **known, **result}
    )  # fmt: skip
    for survey in (0, 1):
        answered = start + int(rng.integers(1, 200)) * DAY if rng.random() < 0.6 else None
        for place, (question, scale, most) in enumerate((("nps", "nps", 10), ("satisfaction", "likert5", 5))):
            value = None if answered is None else float(rng.integers(1, most + 1))
            rows["survey_answers"].append(
                {"record_id": 100 * number + 10 * survey + place, "enrolment_id": number, "survey_id": 10 * s + survey,
                 "question": question, "scale": scale, "sent_on": start, "answered_on": answered, "value": value,
                 "known_on": start}
            )  # fmt: skip


def talk(rows, rng, s, code, start, people):
    made = []
    for k in range(60):
        at = datetime.combine(start, datetime.min.time(), UTC) + timedelta(hours=int(rng.integers(1, 24 * 150)))
        parent = int(rng.choice(made)) if made and rng.random() < 0.7 else None
        record = 100_000 * (s + 1) + k
        thread = record if parent is None else next(p["thread_id"] for p in rows["posts"] if p["record_id"] == parent)
        author = None if rng.random() < 0.2 else 1000 * s + int(rng.integers(0, people))
        if parent is None:
            made.append(record)
        rows["posts"].append(
            {"record_id": record, "session_id": code, "thread_id": thread, "parent_id": parent, "enrolment_id": author,
             "author_role": "mentor" if author is None else "learner", "channel": "help",
             "is_question": parent is None and bool(rng.random() < 0.6), "n_words": int(rng.integers(1, 90)),
             "intent_to_leave": False, "distress": False, "technical_trouble": False, "thanks": False, "polite": False,
             "reactions": int(rng.integers(0, 3)), "occurred_at": at, "known_at": at, "known_on": at.date()}
        )  # fmt: skip


class Drawn(seed.SmallRecords):
    """Records held in memory."""

    def __init__(self, rows):
        self.con = seed.filled_records(rows)

    def connect(self):
        return self.con.cursor()


def frames(rows):
    return {name: pd.DataFrame(part) for name, part in rows.items()}


def recounted(rows, sessions):
    """Count again with pandas, from the raw records, what can be."""
    f = frames(rows)
    people = f["enrolments"][f["enrolments"].session_id.isin(sessions)].copy()
    known = people.outcome_known_on.map(lambda d: pd.notna(d) and d < TODAY)
    people["now"] = people.outcome.where(known, "ongoing")
    kept = people[~people.now.isin(["neutral_exit", "transferred"])]
    gone, done = (kept.now == "abandoned").sum(), (kept.now == "completed").sum()
    at_30 = kept[kept.started_on.map(lambda day: day + 30 * DAY < TODAY)]
    left_30 = sum(one.now == "abandoned" and one.ended_on <= one.started_on + 30 * DAY for one in at_30.itertuples())
    results = people[people.result_known_on.map(lambda d: pd.notna(d) and d < TODAY)]
    asked = f["survey_answers"][f["survey_answers"].enrolment_id.isin(people.enrolment_id)].copy()
    asked["answered"] = asked.answered_on.map(lambda d: pd.notna(d) and d < TODAY)
    closed = asked[asked.survey_id.isin(f["surveys"][f["surveys"].closes_on < TODAY].survey_id)]
    returned = closed.groupby(["enrolment_id", "survey_id"]).answered.max()
    nps = asked[(asked.scale == "nps") & asked.answered].value
    lsat = asked[(asked.question == "satisfaction") & asked.answered].value
    return {
        "abandonment": (gone, len(kept)),
        "completion": (done, gone + done),
        "retention_30": (len(at_30) - left_30, len(at_30)),
        "success": (results.passed.astype(bool).sum(), len(results)),
        "survey_return": (returned.sum(), len(returned)),
        "nps": ((nps >= 9).sum() - (nps <= 6).sum(), len(nps)),
        "lsat": ((lsat >= 4).sum(), len(lsat)),
        **talked(f["posts"], people, sessions),
    }


def talked(posts, people, sessions):
    mine = posts[posts.session_id.isin(sessions) & (posts.known_on < TODAY)].sort_values(["occurred_at", "record_id"])
    learners = mine[mine.enrolment_id.notna()]
    replies = learners.merge(mine, left_on="parent_id", right_on="record_id", suffixes=("", "_to"))
    replies = replies[replies.enrolment_id_to.notna() & (replies.enrolment_id_to != replies.enrolment_id)]
    members = set(learners.enrolment_id) & set(people.enrolment_id)
    pairs = (
        {frozenset(p) for p in zip(replies.enrolment_id, replies.enrolment_id_to, strict=True)}
        if len(replies)
        else set()
    )
    per = people[people.enrolment_id.isin(members)].groupby("session_id").size()
    first = mine.groupby("thread_id").head(1)
    asked = first[first.is_question & first.enrolment_id.notna()]
    waits = []
    for one in asked.itertuples():
        after = mine[(mine.thread_id == one.thread_id) & (mine.record_id != one.record_id) &
                     (mine.enrolment_id != one.enrolment_id) & (mine.occurred_at >= one.occurred_at)]  # fmt: skip
        waits.append((after.occurred_at.min() - one.occurred_at, one.occurred_at))
    now = pd.Timestamp(TODAY, tz="Europe/Paris")
    ripe = [w for w, at in waits if pd.notna(w) or now - at > 2 * DAY]
    return {
        "learner_content": (len(learners), len(mine)),
        "adhesion": (len(members), len(people)),
        "connections": (len(pairs), int((per * (per - 1) // 2).sum())),
        "isolates": (len(members) - len({n for p in pairs for n in p}), len(members)),
        "response": (sum(pd.notna(w) and w <= 2 * DAY for w in ripe), len(ripe)),
        "first_reply": (sum(map(pd.notna, ripe)), len(ripe)),
    }


@pytest.fixture(scope="module", params=range(3))
def counted(request):
    rows = drawn(request.param)
    records = Drawn(rows)
    window = Window(SINCE, TODAY, TODAY, ZoneInfo("Europe/Paris"))
    return rows, records, window


def material_of(records, window):
    from serving.quality.figures.inputs import Material

    parts = (repository.enrolments, repository.sent, repository.answers, repository.invited, repository.posts)
    return Material(*(tuple(part(records, window)) for part in parts))


def test_another_way_of_counting_finds_the_same_for_every_scope(counted):
    rows, records, window = counted
    known = repository.known_sessions(repository.sessions(records))
    found = service.laid_out(material_of(records, window), known, window, Hours(window.zone))
    assert len(found) == 1 + 2 + 6
    for row in found:
        course, session = row.place
        mine = [code for code, of in SESSIONS.items() if course in ("", of) and session in ("", code)]
        again = recounted(rows, mine)
        assert {code: (row.values[code].numerator, row.values[code].denominator) for code in again} == again


def test_what_becomes_known_later_changes_nothing(counted):
    """Everything known on the day or after it is taken out of the records: the figures stay as they were."""
    rows, records, window = counted
    cut = {name: [dict(one) for one in part] for name, part in rows.items()}
    cut["posts"] = [one for one in cut["posts"] if one["known_on"] < TODAY]
    for one in cut["enrolments"]:
        if one.get("outcome_known_on") and one["outcome_known_on"] >= TODAY:
            one.update(outcome="ongoing", ended_on=None, outcome_known_on=None, passed=None, result_known_on=None)
    for one in cut["survey_answers"]:
        if one["answered_on"] and one["answered_on"] >= TODAY:
            one.update(answered_on=None, value=None)
    assert cut != rows
    assert material_of(Drawn(cut), window) == material_of(records, window)


@pytest.fixture
def site(site, shared_app):
    made = replace(site, records=Drawn(drawn(7)))
    shared_app.state.site = made
    return made


def page(browser, query=""):
    return browser("qualite").get(f"/quality/figures{query}")


def test_the_page_tells_every_figure_with_its_formula_and_its_counts(browser):
    text = page(browser).text
    speech = Speech("fr", ZoneInfo("Europe/Paris"))
    for figure in FIGURES:
        assert speech.say(figure.name) in text
        assert speech.say(figure.formula)[1:].split("’")[0] in text
    assert "ne pas publier" in text
    assert len(text.encode()) < 100_000


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("?course=AA", 200, "Session par session"),
        ("?session=AA-1", 200, "À publier"),
        ("?course=ZZ", 200, "Rien ne peut y être compté"),
        ("?from_on=2020-01-01&until_on=2020-02-01", 200, "Rien ne peut être compté dans cette période"),
        ("?from_on=soon", 422, "Choisissez un jour"),
        ("?from_on=2026-06-01&until_on=2026-05-01", 422, "Le dernier jour précède le premier"),
        ("?from_on=2027-01-01&until_on=2027-05-01", 422, "ne sont pas encore venus"),
        ("?from_on=1990-01-01", 422, "Dix ans au plus"),
        ("?from_on=0001-01-01&until_on=0001-01-02", 422, "L’an 2000 au plus tôt"),
        ("?from_on=1995-01-01&until_on=1996-01-01", 422, "L’an 2000 au plus tôt"),
    ],
)
def test_the_address_says_what_is_asked(browser, query, status, said):
    answer = page(browser, query)
    assert answer.status_code == status
    assert said in answer.text


@pytest.mark.parametrize("query", ["", "?period=soon", "?period=2026-Q2", "?period=2026", "?period=2026-01",
                                   "?from_on=2026-01-01", "?period=2026-Q5", "?period=2026-13"])  # fmt: skip
def test_only_whole_periods_that_are_over_leave(browser, query):
    answer = browser("qualite").get(f"/quality/figures.csv{query}")
    assert answer.status_code == 422
    assert "mois, trimestres ou années entiers et terminés" in answer.text


def test_a_longer_period_hides_what_a_shorter_one_inside_it_hides(site):
    days = {"today": TODAY, "zone": site.clock.zone}
    with site.database.read() as session:
        ask = partial(service.leaving, session, site.records, **days)
        quarter = ask(periods.read("2026-Q1"), "month")
        months = [ask(one, "month") for one in periods.inside(periods.read("2026-Q1"), "month")]
        alone = ask(periods.read("2026-Q1"), "quarter")
    hidden = {row.place: row.hidden for row in quarter.rows}
    for month in months:
        for row in month.rows:
            assert row.hidden <= hidden[row.place], row.place
    for row in alone.rows:
        assert row.hidden <= hidden[row.place]
    assert sum(map(len, hidden.values())) > sum(len(row.hidden) for row in alone.rows), "months hide more"


def lines(answer):
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


def test_a_file_gives_no_small_figure_nor_what_would_tell_it(browser, site):
    told = lines(browser("qualite").get("/quality/figures.csv?period=2026-Q1"))
    assert len(told) == len(FIGURES) * 9, "the organisation, two courses, their sessions: no alert in that quarter"
    small = [one for one in told if one["Valeur"].startswith("non publié")]
    assert small
    assert {one["Numérateur"] + one["Dénominateur"] for one in small} == {""}
    for one in told:
        if one["Indicateur"] == "Taux d’abandon" and one["Dénominateur"]:
            n, of = int(one["Numérateur"]), int(one["Dénominateur"])
            assert not {n, of - n, of} & {1, 2, 3, 4}


def test_a_row_hidden_in_the_whole_table_is_hidden_alone(browser):
    client = browser("qualite")
    whole = {(one["Indicateur"], one["Session"]): one["Valeur"]
             for one in lines(client.get("/quality/figures.csv?period=2026-Q1"))}  # fmt: skip
    for session in SESSIONS:
        for one in lines(client.get(f"/quality/figures.csv?period=2026-Q1&session={session}")):
            assert one["Valeur"] == whole[one["Indicateur"], session]


def test_published_rates_are_those_of_indicator_2(browser):
    told = lines(browser("qualite").get("/quality/figures.csv?rates=1&period=2026-Q1"))
    assert {one["Indicateur"] for one in told} == {"Satisfaction (LSAT)", "Taux de réussite", "Taux d’abandon"}
    assert [one["Parcours"] for one in told[:3]] == ["ensemble", "AA", "BB"]
    assert all(one["Formule"] and one["Premier jour"] == "01/01/2026" for one in told)


def test_sheets_are_the_same_twice(site):
    speech = Speech("fr", site.clock.zone)
    with site.database.read() as session:
        scope = Scope(session, speech, site.words, site.records, None, SINCE, TODAY, TODAY)
        first, second = (sheet.sheets(scope) for _ in range(2))
    assert first == second
    assert [one.key for one in first] == ["published_rates", "figures", "figures_by_session", "definitions"]
    whole = sheet.sheet(Scope(session, speech, site.words, site.records, None, SINCE, TODAY, TODAY))
    assert {line[:7] for line in whole.rows} == {*first[1].rows, *first[2].rows}
    assert {line[0] for line in whole.rows} == {line[0] for line in first[3].rows}
    assert "".join(as_csv(first[1], site.clock.zone)).count("\r\n") == 1 + len(first[1].rows)


@pytest.mark.parametrize("week", ["12345", "1234567"])
def test_a_sheet_counts_the_working_days_of_the_page(site, monkeypatch, week):
    asked = []
    monkeypatch.setattr(service, "values", lambda _, __, hours: asked.append(hours.week) or {})
    monkeypatch.setattr(service, "_marked", lambda rows: rows)
    with site.database.read() as session:
        days = (SINCE, TODAY)
        settings = site.settings.model_copy(update={"working_days": week})
        sheet.table_of(replace(scope_of(session, settings, days, TODAY), records=site.records))
    assert {*asked} == {week}


def test_posts_of_a_learner_who_may_not_be_read_leave_the_community(site):
    class Refused(Drawn):
        def reads(self, purpose):
            assert purpose == "community"
            return lambda learner: learner % 2 == 0

    window = Window(SINCE, TODAY, TODAY, site.clock.zone)
    found = repository.invited(Refused(drawn(7)), window)
    assert {one.enrolment_id % 2 == 0: one.read for one in found} == {True: True, False: False}
    every, told = repository.posts(Drawn(drawn(7)), window), repository.posts(Refused(drawn(7)), window)
    kept = [one for one in every if one.enrolment_id is None or one.enrolment_id % 2 == 0]
    assert [one.at for one in told] == [one.at for one in kept]
    assert [one.opens for one in told] == [one.opens for one in kept], "a reply does not open a thread"
    assert {one.answers % 2 for one in told if one.answers is not None} == {0}
    assert any(one.answers is not None and one.answers % 2 for one in kept)


def test_an_alert_opened_then_met_is_counted(browser, send, site):
    client = browser("zina")
    alert = next(one for one in client.get("/api/v1/alerts").json()["alerts"])
    call = {"kind": "call", "channel": "phone", "done_on": TODAY.isoformat(), "result": "reached"}
    send(client, f"/enrolments/{alert['enrolment_id']}/actions", {**call, "result": "no_answer"})
    window = Window(TODAY, TODAY, TODAY, site.clock.zone)
    with site.database.read() as session:
        opened = repository.alerts(session, site.records, window, closing=False)
    assert [one.contact_at for one in opened if one.contact_at] == []
    send(client, f"/enrolments/{alert['enrolment_id']}/actions", call)
    send(client, f"/alerts/{alert['id']}/transition", {"to": "resolved", "outcome": "back_on_track"})
    with site.database.read() as session:
        opened = repository.alerts(session, site.records, window, closing=False)
        closed = repository.alerts(session, site.records, window, closing=True)
    assert len([one for one in opened if one.contact_at]) == 1
    assert [(one.closed_by, one.outcome) for one in closed] == [("person", "back_on_track")]


def test_json_is_the_table(site, monkeypatch, capsys):
    from serving import commands as base
    from serving.quality.figures import commands

    @contextmanager
    def work():
        with site.database.read() as session:
            yield session, site.settings

    monkeypatch.setattr(commands, "work", work)
    monkeypatch.setattr("serving.sources.StoreRecords", lambda _: site.records)
    for inside in (False, True):
        commands.figures(from_on=datetime(2026, 1, 1, tzinfo=UTC), inside=inside, as_json=True)
        told = json.loads(capsys.readouterr().out)
        assert (told["from"], told["as_of"], len(told["scopes"])) == ("2026-01-01", str(TODAY), SCOPES)
        blank = [one for scope in told["scopes"] for one in scope["figures"] if not one["publishable"]]
        assert blank
        assert any(one["denominator"] for one in blank) == inside
    assert base.quality_app.registered_commands
