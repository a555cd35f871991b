"""The procedure, the courses and the standard on their pages; what is set decides when alerts speak and climb."""

import csv
import io
import json
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from serving.alerts import rounds
from serving.alerts.holding import World
from serving.alerts.repository import live
from serving.language import Speech
from serving.notifications.repository import digest_counts
from serving.quality import journal
from serving.quality.procedure import policy, service, sheet
from serving.quality.procedure.policy import Procedure
from serving.quality.repository import entries
from serving.quality.scope import Scope
from serving.tables import ProcedureVersion, ScoreRun
from tests.api import serving_seed as seed

DAY = timedelta(days=1)


class Courses(seed.SmallRecords):
    """Records that also know the sessions: one type is told, the other is not."""

    def connect(self):
        sessions = [
            {"session_id": code, "course_id": code[:4], "name": name, "starts_on": first, "ends_on": last,
             "action_type": "training_action" if code.startswith("D") else None,
             "duration_hours": 400.0 if code.startswith("D") else None}
            for code, (name, first, last) in seed.SESSIONS.items()
        ]  # fmt: skip
        return seed.filled_records({"sessions": sessions})


@pytest.fixture
def site(site, shared_app):
    made = replace(site, records=Courses())
    shared_app.state.site = made
    return made


def form(**changes):
    told = {name: str(value) for name, value in asdict(Procedure()).items() if name != "waves"}
    decision = {"from_on": seed.TODAY.isoformat(), "reason": "Revue de direction", "step": "keep"}
    return {**told, **{f"wave_{month}": "yes" for month in policy.MONTHS}, **decision, **changes}


def told(site, event):
    with site.database.read() as session:
        assert journal.verify(session).intact
        return [json.loads(one.details) for one in entries(session) if one.event == event]


def test_a_procedure_is_read_before_it_is_kept_and_its_words_never_reach_the_journal(browser, send, site):
    client = browser("qualite")
    assert "Vous n’avez pas encore fixé de procédure" in client.get("/quality/procedure").text
    changed = form(escalate_after_days="3", disability_contact="Rose Utopiebois")
    seen = send(client, "/quality/procedure", {**changed, "step": "preview"})
    assert "Rose Utopiebois" in seen.text
    assert "sans suite pendant 3 jours ouvrés" in seen.text
    assert told(site, "procedure_changed") == []
    assert send(client, "/quality/procedure", changed).headers["location"] == "/quality/procedure"
    page = client.get("/quality/procedure").text
    assert "En vigueur depuis le 15 juin 2026" in page
    assert "Revue de direction" in page
    (entry,) = told(site, "procedure_changed")
    assert entry["differs"] == ["disability_contact", "escalate_after_days"]
    assert "Rose" not in json.dumps(entry)
    assert "Revue" not in json.dumps(entry)


def test_an_older_version_is_read_as_it_was_and_an_unknown_one_is_not_there(browser, send, site):
    client = browser("qualite")
    send(client, "/quality/procedure", form(tell_within_hours="48"))
    send(client, "/quality/procedure", form(tell_within_hours="24", from_on=str(seed.TODAY + DAY)))
    with site.database.read() as session:
        first, second = sorted(one.id for one in session.query(ProcedureVersion))
        hours = [service.procedure_on(session, seed.TODAY + n * DAY).tell_within_hours for n in (-1, 0, 1)]
    assert hours == [72, 48, 24]
    assert "sous 24\u00a0heures" in client.get(f"/quality/procedure?version={second}").text.replace(" h", "\u00a0h")
    assert "à venir" in client.get(f"/quality/procedure?version={first}").text
    assert client.get("/quality/procedure?version=999").status_code == 404


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"call_after_absences": "0"}, "Un nombre entier de 1 à 10"),
        ({"from_on": "2026-06-14"}, "à partir d’un jour passé"),
        ({"reason": ""}, "Dites pourquoi, en quelques mots"),
        ({"remind_after_silent_days": "40"}, "L’abandon n’est pas déclaré avant la relance"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_kept(browser, send, site, changes, said):
    answer = send(browser("qualite"), "/quality/procedure", form(**changes))
    assert answer.status_code == 422
    assert said in answer.text
    assert f'aria-describedby="{next(iter(changes))}-error"' in answer.text or "remind" in next(iter(changes))
    assert told(site, "procedure_changed") == []


def climbed(site, day):
    """Return how many alerts a round sends to the course lead on a day, the change taken back."""
    with site.database.engine.connect() as raw, raw.begin() as opened:
        from sqlalchemy.orm import Session

        session = Session(raw)
        n = rounds._escalate(session, day, seed.NOW + (day - seed.TODAY), site.settings, World())
        opened.rollback()
    return n


def test_the_procedure_in_force_decides_when_an_untouched_alert_climbs(browser, send, site):
    with site.database.read() as session:
        n_open = len(live(session, until=seed.TODAY))
    after = [seed.TODAY + n * DAY for n in (2, 4, 7)]
    assert [climbed(site, day) for day in after] == [0, 0, n_open]
    send(browser("qualite"), "/quality/procedure", form(escalate_after_days="2"))
    assert [climbed(site, day) for day in after] == [n_open, n_open, n_open]


def test_the_procedure_in_force_decides_from_how_many_absences_an_alert_speaks(browser, send, site):
    tomorrow = str(seed.TODAY + DAY)
    send(browser("qualite"), "/quality/procedure", form(call_after_absences="1", from_on=tomorrow))
    with site.database.read() as session:
        rules = [service.rules_on(session, seed.TODAY + n * DAY, site.settings) for n in (0, 1)]
    assert [one.absences_in_a_row for one in rules] == [site.settings.rules.absences_in_a_row, 1]
    assert replace(rules[1], absences_in_a_row=rules[0].absences_in_a_row) == site.settings.rules


def test_the_digest_tells_of_first_contacts_that_are_late_once_a_procedure_says_when(browser, send, site):
    late = seed.TODAY + 3 * DAY
    with site.database.read() as session:
        n_open = len(live(session, until=seed.TODAY))
        assert digest(session, late) == 0
    send(browser("qualite"), "/quality/procedure", form(first_contact_days="2"))
    client = browser("zina")
    alert = client.get("/api/v1/alerts").json()["alerts"][0]
    call = {"kind": "call", "channel": "phone", "done_on": seed.TODAY.isoformat(), "result": "reached"}
    send(client, f"/enrolments/{alert['enrolment_id']}/actions", call)
    with site.database.read() as session:
        assert [digest(session, late - DAY), digest(session, late)] == [0, n_open - 1]


def digest(session, day):
    """Return how many alerts the team's digest of a day tells late."""
    return digest_counts(session, None, since=seed.NOW, today=day)["late"]


def test_until_a_procedure_is_set_what_is_written_is_what_the_settings_do(site):
    settings = site.settings.model_copy(update={"alert_rules": "absences_in_a_row=4", "escalate_after_days": 9})
    with site.database.read() as session:
        found = service.procedure_on(session, seed.TODAY, settings)
    assert (found.call_after_absences, found.remind_after_absences, found.escalate_after_days) == (4, 4, 9)


def test_a_run_scored_under_a_procedure_uses_its_rules(browser, send, site, monkeypatch):
    from serving.scoring import commands

    send(browser("qualite"), "/quality/procedure", form(call_after_absences="1"))
    used = []
    monkeypatch.setattr(commands, "score_week_before", lambda *_, rules, **__: used.append(rules))
    monkeypatch.setattr(commands, "score_and_keep", lambda *_, rules, **__: (used.append(rules), 1))
    monkeypatch.setattr(commands, "summarise", lambda *_: {})
    commands.score_day(site.settings, site.database, as_of=seed.TODAY)
    assert [one.absences_in_a_row for one in used] == [1, 1]


def test_what_comes_live_is_looked_at_by_the_rules_of_the_procedure(browser, send, site, monkeypatch):
    from serving.live import service as live_service

    class Looked:
        rules = None

        def look(self, _, *, today, rules):
            assert today == seed.TODAY
            self.rules = rules
            return []

    monkeypatch.setattr(live_service, "import_group", lambda *_: set())
    monkeypatch.setattr(live_service.repository, "finish", lambda *_, **__: None)
    send(browser("qualite"), "/quality/procedure", form(call_after_absences="1"))
    parts = live_service.Parts(site.settings.folder, site.database, site.clock, site.settings, Looked())
    live_service.finish(parts, "group")
    assert parts.refresher.rules == replace(site.settings.rules, absences_in_a_row=1)


def test_a_course_is_decided_with_a_reason_and_given_back_to_the_rule(browser, send, site):
    client = browser("qualite")
    page = client.get("/quality/courses").text
    assert "On ne sait pas si un parcours est concerné ou non." in page
    refused = send(client, "/quality/courses", {"course_id": "SECO", "applies": "yes", "reason": " "})
    assert refused.status_code == 422
    assert "Dites pourquoi" in refused.text
    send(client, "/quality/courses", {"course_id": "SECO", "applies": "no", "reason": "Une journée de découverte"})
    answers = concerned(site)
    assert {code: (one.applies, one.why, one.rule) for code, one in answers.items()} == {
        "DWEB": ("yes", "long", "yes"), "SECO": ("no", "decided", "unknown"),
    }  # fmt: skip
    assert "Une journée de découverte" in client.get("/quality/courses").text
    assert send(client, "/quality/courses", {"course_id": "SECO", "rule": "1"}).status_code == 303
    assert concerned(site)["SECO"].applies == "unknown"
    assert send(client, "/quality/courses", {"course_id": "SECO", "rule": "1"}).status_code == 404
    assert send(client, "/quality/courses", {"course_id": "X", "applies": "no", "reason": "y"}).status_code == 404
    assert [one["applies"] for one in told(site, "course_decided")] == [False, None]


def concerned(site):
    with site.database.read() as session:
        return service.concerned(session, site.records, today=seed.TODAY)


def test_the_courses_leave_as_a_csv(browser):
    answer = browser("qualite").get("/quality/courses.csv")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert [(one["Parcours"], one["L’indicateur 12 s’applique"]) for one in lines] == [
        ("DWEB", "oui"), ("SECO", "non connu"),
    ]  # fmt: skip


def test_exact_words_replace_ours_and_go_away_again(browser, send, site):
    client = browser("qualite")
    words = "Le prestataire décrit\r\net met en œuvre."
    assert send(client, "/quality/standard/12", {"words": words}).status_code == 303
    page = client.get("/quality/standard?changed=12").text
    assert "votre texte exact" in page
    assert "Le prestataire décrit\net met en œuvre." in page
    send(client, "/quality/standard/12", {"ours": "1"})
    assert "votre texte exact" not in client.get("/quality/standard").text
    first, second = told(site, "standard_words_changed")
    assert (len(first["words"]), second["words"]) == (64, None)
    assert send(client, "/quality/standard/1", {"words": "x"}).status_code == 404
    assert send(client, "/quality/standard/12", {"words": "x" * 8001}).status_code == 422


def test_the_sheets_say_the_same_twice(browser, send, site):
    send(browser("qualite"), "/quality/procedure", form())
    speech = Speech("fr", site.clock.zone)
    days = (seed.TODAY - 30 * DAY, seed.TODAY, seed.TODAY)
    with site.database.read() as session:
        scope = Scope(session, speech, site.words, site.records, None, *days)
        made = sheet.sheets(scope)
        assert sheet.sheets(scope) == made
    assert [one.key for one in made] == ["procedure", "procedure_versions", "courses", "standard"]
    assert all(len(row) == len(one.columns) for one in made for row in one.rows)
    assert all(one.rows for one in made)
    assert made[0].note == "La procédure en vigueur."


def test_a_version_written_after_the_last_day_told_is_not_told(browser, send, site):
    send(browser("qualite"), "/quality/procedure", form())
    speech = Speech("fr", site.clock.zone)
    days = (seed.TODAY - 30 * DAY, seed.TODAY - DAY, seed.TODAY)
    with site.database.read() as session:
        assert sheet.versions(Scope(session, speech, site.words, site.records, None, *days)).rows == ()
        assert session.get(ScoreRun, 1) is not None


def test_the_past_is_replayed_with_the_rules_of_the_procedure(browser, send, site, monkeypatch):
    from serving.alerts import commands
    from serving.replay import page
    from serving.replay import service as replay

    @contextmanager
    def work():
        with site.database.read() as session:
            yield session, site.settings.model_copy(update={"today": seed.TODAY})

    send(browser("qualite"), "/quality/procedure", form(call_after_absences="1"))
    asked = []
    monkeypatch.setattr(commands, "work", work)
    monkeypatch.setattr(commands, "show", lambda *_, **__: None)
    monkeypatch.setattr(page, "terminal", lambda _: "")
    monkeypatch.setattr(replay, "replay", lambda _, one, **__: asked.append(one))
    commands.replay_command(first=None, last=None, open_days=28, as_json=False)
    assert [one.rules for one in asked] == [replace(site.settings.rules, absences_in_a_row=1)]
