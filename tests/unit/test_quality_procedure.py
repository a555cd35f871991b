"""The procedure, the standard and the courses they hold for: tables of cases, no database."""

import tomllib
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from serving.choices import WEEKDAYS
from serving.language import Speech
from serving.quality.procedure import applicability, policy, standard
from serving.quality.procedure.applicability import Decided, Run
from serving.quality.procedure.policy import Procedure
from serving.quality.procedure.prose import sections

FR, EN = (Speech(code, ZoneInfo("Europe/Paris")) for code in ("fr", "en"))
TODAY = date(2026, 6, 15)
DAY = timedelta(days=1)


def form(**changes):
    """Return what the form sends for the procedure shipped."""
    told = {name: str(value) for name, value in asdict(Procedure()).items() if name != "waves"}
    return {**told, **{f"wave_{month}": "yes" for month in policy.MONTHS}, **changes}


def test_the_form_of_the_procedure_shipped_is_the_procedure_shipped():
    assert policy.read(form()) == (Procedure(), {})


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        *[({name: str(bound.least)}, set()) for name, bound in policy.BOUNDS.items() if name != "abandonment_after_days"
          and not name.startswith("remind")],
        *[({name: str(bound.least - 1)}, {name}) for name, bound in policy.BOUNDS.items()],
        *[({name: str(bound.most + 1)}, {name}) for name, bound in policy.BOUNDS.items()],
        ({"survey_chases": ""}, {"survey_chases"}),
        ({"survey_chases": "2.5"}, {"survey_chases"}),
        ({"survey_chases": "²"}, {"survey_chases"}),
        ({"call_after_absences": "3", "remind_after_absences": "2"}, {"remind_after_absences"}),
        ({"remind_after_silent_days": "11"}, {"abandonment_after_days"}),
        ({"disability_contact": "x" * 161}, {"disability_contact"}),
        ({"who_calls": "  les   formateurs "}, set()),
        ({f"wave_{month}": "" for month in policy.MONTHS}, {"waves"}),
    ],
)  # fmt: skip
def test_each_field_has_its_bounds(changes, wrong):
    assert set(policy.read(form(**changes))[1]) == wrong


@pytest.mark.parametrize(
    ("from_on", "reason", "wrong"),
    [
        ("2026-06-15", "why", set()),
        ("2026-06-14", "why", {"from_on"}),
        ("2027-06-17", "why", {"from_on"}),
        ("", "why", {"from_on"}),
        ("15/06/2026", " ", {"from_on", "reason"}),
        ("2026-06-15", "x" * 501, {"reason"}),
    ],
)
def test_a_procedure_holds_from_a_day_to_come_and_for_a_reason(from_on, reason, wrong):
    assert set(policy.read_decision({"from_on": from_on, "reason": reason}, today=TODAY)[2]) == wrong


def test_what_is_kept_is_what_differs_and_gives_the_procedure_back():
    other = replace(Procedure(), escalate_after_days=3, waves=(0, 6), who_calls="les formateurs")
    kept = policy.choices_of(other)
    assert kept == {"escalate_after_days": 3, "waves": [0, 6], "who_calls": "les formateurs"}
    assert policy.from_choices({**kept, "of_another_version": 1}) == other
    assert policy.choices_of(Procedure()) == {}


@dataclass
class Kept:
    id: int
    from_on: date


VERSIONS = [Kept(1, TODAY), Kept(2, TODAY + 7 * DAY), Kept(3, TODAY), Kept(4, TODAY + 3 * DAY)]


@pytest.mark.parametrize(("after", "number"), [(-1, None), (0, 3), (2, 3), (3, 4), (6, 4), (7, 2), (99, 2)])
def test_the_latest_to_begin_is_in_force_the_last_written_of_one_day(after, number):
    found = policy.in_force(VERSIONS, TODAY + after * DAY)
    assert (found.id if found else None) == number


FRIDAY = date(2026, 5, 22)
"""The Monday after it is a public holiday."""


LATE = [(4, 1, False), (5, 1, True), (5, 2, False), (6, 2, True), (0, 1, False)]


@pytest.mark.parametrize(("after", "within", "late"), LATE)
def test_a_first_contact_is_late_by_working_days(after, within, late):
    procedure = replace(Procedure(), first_contact_days=within)
    assert policy.contact_is_late(FRIDAY, FRIDAY + after * DAY, procedure) == late


def words(procedure, speech=FR):
    return "\n".join(text for _, texts in sections(procedure, speech) for text in texts)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Après une absence non justifiée, l’apprenant est appelé par le mentor"),
        ({"call_after_absences": 3}, "Après 3 absences non justifiées, l’apprenant est appelé"),
        ({"who_calls": "les formateurs"}, "l’apprenant est appelé par les formateurs"),
        ({"escalate_after_days": 1}, "restée sans suite pendant un jour ouvré est transmise"),
        ({"abandonment_after_days": 12}, "déclaré par le responsable de parcours après 12 jours ouvrés"),
        ({"tell_within_hours": 1}, "sous une heure"),
        ({"survey_chases": 0}, "n’est pas relancée"),
        ({"survey_chases": 1}, "tous les 7 jours, une fois au plus"),
        ({"waves": (0, 3)}, "à la fin, trois mois après."),
        ({"disability_contact": "Mme Fableville"}, "Référent handicap\u00a0: Mme Fableville."),
        ({}, "nommez-le avant l’audit"),
        ({"complaints_contact": "qualite@example.org"}, "à cette adresse\u00a0: qualite@example.org."),
    ],
)
def test_the_written_procedure_says_what_is_set(changes, said):
    assert said in words(replace(Procedure(), **changes))


def test_both_languages_say_every_number():
    one = replace(Procedure(), **{name: 41 + n for n, name in enumerate(policy.BOUNDS)} | {"proofs_weekday": 5})
    for speech in (FR, EN):
        text = words(one, speech)
        days = {"proofs_weekday": speech.say(WEEKDAYS["5"]).casefold()}
        told = {name: days.get(name, str(getattr(one, name))) for name in policy.BOUNDS}
        assert [name for name, number in told.items() if number not in text.casefold()] == []
        assert all(line[0].isupper() and line.endswith(".") for line in text.splitlines())


HOURS, DATES = (None, date(2026, 1, 5), date(2026, 1, 6)), (date(2026, 1, 5), date(2026, 3, 5))
CASES = [
    (Run("training_action", 14.5, *DATES), "yes", "long"),
    (Run("Action de formation", 15, *DATES), "yes", "long"),
    (Run("VAE", 24, *DATES), "yes", "long"),
    (Run("Apprentissage", 400, *DATES), "yes", "long"),
    (Run("bilan de compétences", 24, *DATES), "yes", "long"),
    (Run("training_action", 14, *DATES), "no", "short"),
    (Run("training_action", *HOURS), "no", "short"),
    (Run(None, 14, *DATES), "no", "short"),
    (Run("conference", 400, *DATES), "no", "other_type"),
    (Run("conference", None, *DATES), "no", "other_type"),
    (Run(None, 400, *DATES), "unknown", "type_unknown"),
    (Run(" ", None, *DATES), "unknown", "type_unknown"),
    (Run("training_action", None, *DATES), "unknown", "length_unknown"),
]


@pytest.mark.parametrize(("run", "applies", "why"), CASES)
def test_indicator_12_holds_or_not_or_is_not_known(run, applies, why):
    assert applicability.of_run(run) == (applies, why)


LONG, SHORT, BLANK = CASES[0][0], CASES[5][0], CASES[10][0]


@pytest.mark.parametrize(
    ("runs", "decided", "expected"),
    [
        ([LONG, SHORT, BLANK], None, ("yes", "long", "yes")),
        ([SHORT, SHORT], None, ("no", "short", "no")),
        ([SHORT, BLANK], None, ("unknown", "mixed", "unknown")),
        ([BLANK], None, ("unknown", "type_unknown", "unknown")),
        ([], None, ("unknown", "no_session", "unknown")),
        ([LONG], Decided(False, "own fund"), ("no", "decided", "yes")),
        ([BLANK], Decided(True, "own fund"), ("yes", "decided", "unknown")),
    ],
)
def test_a_course_follows_its_sessions_unless_it_was_decided(runs, decided, expected):
    found = applicability.of_course(runs, decided)
    assert (found.applies, found.why, found.rule) == expected
    assert found.why in applicability.WHY


def shipped():
    return tomllib.loads(standard.SHIPPED.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_standard_shipped_holds_the_indicators_of_prevention(language):
    told = standard.shipped(language)
    assert (told.version, told.dated_on) == ("V9", date(2024, 1, 8))
    assert [one.number for one in told.indicators] == ["2", "10", "11", "12", "26", "30", "31", "32"]
    assert told.indicator("12").levels == ("minor", "major")
    assert told.indicator("1") is None


def test_exact_words_are_beside_ours():
    told = standard.with_own_words(standard.shipped("fr"), {"12": "Mot pour mot."})
    assert [one.number for one in told.indicators if one.own] == ["12"]
    assert told.indicator("12").asked == standard.shipped("fr").indicator("12").asked


def broken(change):
    told = shipped()
    change(told)
    return told


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda told: told.pop("version"), "version"),
        (lambda told: told.update(extra=1), "extra"),
        (lambda told: told.update(dated_on="soon"), "dated_on"),
        (lambda told: told["indicators"][0].update(title_fr=""), "indicators[1].title_fr"),
        (lambda told: told["indicators"][1].update(number="x"), "indicators[2].number"),
        (lambda told: told["indicators"][0].update(levels=["grave"]), "indicators[1].levels"),
        (lambda told: told["indicators"][0].update(proofs_en=[]), "indicators[1].proofs"),
        (lambda told: told["indicators"].reverse(), "indicators"),
        (lambda told: told["indicators"].clear(), "indicators"),
    ],
)
def test_a_file_that_is_not_a_standard_says_where(change, where):
    with pytest.raises(standard.StandardError) as caught:
        standard.read(broken(change), "en")
    assert caught.value.where == where
