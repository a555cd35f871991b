"""Every feature has its words, in both languages, for every value; every function has its entry."""

import importlib
import inspect
import math
import re

import pytest

from data.errors import FilrougeError
from features import catalog as words
from features.catalog import LANGUAGES, UnknownFeatureError, catalog, functions, label, sentence

FAMILIES = ("activity", "community", "quizzes", "surveys", "attendance", "cohort", "course")
VALUES = (None, math.nan, -2.0, -1.0, -0.4, 0.0, 0.35, 1.0, 1.5, 2.0, 12.0, 1234.0)
EVERY = [(name, lang) for name in catalog() for lang in LANGUAGES]


def public_functions(family):
    module = importlib.import_module(f"features.{family}")
    made_here = inspect.getmembers(module, lambda m: inspect.isfunction(m) and m.__module__ == module.__name__)
    return {name for name, _ in made_here if not name.startswith("_")}


@pytest.mark.parametrize("family", FAMILIES)
def test_catalogue_and_functions_match_one_to_one(family):
    assert {name for name, entry in catalog().items() if entry.family == family} == public_functions(family)


def test_every_family_is_large_enough_and_known():
    sizes = {family: sum(e.family == family for e in catalog().values()) for family in FAMILIES}
    assert sum(sizes.values()) == len(catalog())
    assert all(sizes[family] >= 8 for family in FAMILIES)


@pytest.mark.parametrize("name", catalog())
def test_an_entry_is_whole(name):
    known = catalog()[name]
    assert known.direction in (-1, 0, 1)
    assert known.scope in ("learner", "session", "course")
    assert known.unit
    assert known.window
    assert set(known.words) == set(LANGUAGES)
    assert (functions([name])[name].__doc__ or "").endswith(".")


def test_what_is_told_has_a_risky_side():
    assert [name for name, entry in catalog().items() if entry.told and entry.direction == 0] == []


@pytest.mark.parametrize(
    "name",
    ["credits_studied", "days_to_next_deadline", "days_registered_ahead", "share_of_course_elapsed", "prior_attempts",
     "parallel_enrolments", "session_left_share", "planned_days"],
)  # fmt: skip
def test_context_that_nobody_can_act_on_is_not_told(name):
    assert not catalog()[name].told


@pytest.mark.parametrize(("name", "lang"), EVERY)
def test_every_value_reads_well(name, lang):
    for value in VALUES:
        for previous in (None, math.nan, 3.0):
            text = sentence(name, value, previous, lang)
            assert text == text.strip()
            assert text
            assert not re.search(r"\bnan\b|None|\binf\b|[{}|]|  ", text), text
            assert "-" not in re.sub(r"\w-\w", "", text), f"{text}: a hyphen stands for a minus sign"


@pytest.mark.parametrize("name", catalog())
def test_both_languages_have_the_same_forms(name):
    forms = [
        {form for form in ("one", "zero", "below", "half") if getattr(w, form) != w.many}
        for w in catalog()[name].words.values()
    ]
    assert forms[0] == forms[1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_labels_are_short_and_distinct(lang):
    labels = [label(name, lang) for name in catalog()]
    assert len(set(labels)) == len(labels)
    assert max(map(len, labels)) <= 60


@pytest.mark.parametrize(
    ("name", "value", "previous", "fr", "en"),
    [
        ("days_since_last_login", 9, None, "aucune connexion depuis 9 jours (hors fermetures)",
         "no login for 9 days (closures not counted)"),
        ("days_since_last_activity", 1, None, "aucune activité depuis 1 jour (hors fermetures)",
         "no activity for 1 day (closures not counted)"),
        ("days_since_last_login", 9, 2, "aucune connexion depuis 9 jours (hors fermetures)",
         "no login for 9 days (closures not counted)"),
        ("actions_7d", 0, 12, "aucune action sur la plateforme en 7 jours (contre 12 une semaine plus tôt)",
         "no action on the platform in 7 days (12 a week earlier)"),
        ("actions_7d", 3, 3, "3 actions sur la plateforme en 7 jours", "3 actions on the platform in 7 days"),
        ("actions_total", 1234, None, "1\u202f234 actions sur la plateforme depuis le début",
         "1,234 actions on the platform since the beginning"),
        ("survey_answer_share", 0.333, None, "a répondu à 33\u00a0% des questionnaires",
         "has answered 33% of the surveys"),
        ("mean_score", 0.42, None, "moyenne de 8,4 sur 20 aux évaluations", "mean score of 42%"),
        ("last_score_vs_session", -0.15, None,
         "dernière note au-dessous de la moyenne de la session de 3 points sur 20",
         "last score below the session’s mean by 15 points of 100"),
        ("mean_lateness_days", 1.5, None, "rend avec 1,5 jour de retard en moyenne",
         "hands in 1.5 days late on average"),
        ("mean_lateness_days", -2, None, "rend avec 2 jours d’avance en moyenne", "hands in 2 days early on average"),
        ("actions_30d_vs_previous", 0.35, None,
         "activité réduite de plus de moitié par rapport aux 30 jours d’avant",
         "less than half the activity of the 30 days before"),
        ("actions_30d_vs_previous", 0.8, None, "activité en baisse par rapport aux 30 jours d’avant",
         "less activity than in the 30 days before"),
        ("actions_30d_vs_previous", 1.05, None, "activité comparable à celle des 30 jours d’avant",
         "about as much activity as in the 30 days before"),
        ("actions_30d_vs_previous", 41, None, "activité en hausse par rapport aux 30 jours d’avant",
         "more activity than in the 30 days before"),
        ("tone_change_30d", -0.04, None, "tonalité des messages inchangée", "tone of posts unchanged"),
        ("weight_missed", 0.04, None, "aucun point perdu faute de travaux rendus",
         "no mark lost to work not handed in"),
        ("weight_missed", 1.5, None, "1,5 point sur 100 de la note finale perdu faute de travaux rendus",
         "1.5 marks of 100 lost to work not handed in"),
        ("mean_lateness_days", 1.97, None, "rend avec 2 jours de retard en moyenne",
         "hands in 2 days late on average"),
        ("days_since_last_activity_z", 0.01, None, "silence proche de la moyenne de la session",
         "silent for about as long as the session’s mean"),
        ("score_trend", -0.001, None, "dernière note proche de la moyenne des précédentes",
         "last score below those before by 0.1 points of 100"),
        ("share_handed_in", 0.999, None, "plus de 99\u00a0% des évaluations échues ont été rendues",
         "more than 99% of the assessments due were handed in"),
        ("submission_rank", 1, None, "rend ses évaluations parmi les derniers de la session",
         "hands in among the last of the session"),
        ("actions_30d_percentile", 0.002, None,
         "activité des 30 derniers jours\u00a0: devant moins de 1\u00a0% de la session",
         "activity of the last 30 days: ahead of less than 1% of the session"),
        ("credits_studied", 1, None, "charge d’études de 1 crédit en parallèle", "study load of 1 credit at once"),
        ("last_intention", 0, None, "hésite à poursuivre la formation", "is unsure about going on with the course"),
        ("share_handed_in", None, None, "encore aucune évaluation échue", "no assessment due yet"),
        ("posts_in_difficulty_30d", 2, None, "2 messages faisant part d’une difficulté en 30 jours",
         "2 posts telling of a difficulty in 30 days"),
        ("last_intention", -1, None, "déclare vouloir arrêter la formation", "says they intend to stop"),
        ("last_nps", None, None, "question restée sans réponse", "question never answered"),
    ],
)  # fmt: skip
def test_sentences_as_mentors_read_them(name, value, previous, fr, en):
    assert sentence(name, value, previous) == fr
    assert sentence(name, value, previous, "en") == en


@pytest.mark.parametrize(("name", "lang"), EVERY)
def test_words_are_typeset(name, lang):
    said = " ".join(vars(catalog()[name].words[lang]).values())
    assert "'" not in said
    assert not (lang == "fr" and re.search(r"[^\u00a0\u202f][:;?!%]", said)), said


@pytest.mark.parametrize(
    ("name", "risky", "safe"),
    [
        ("mean_lateness_days", [0.5, 3], [0, 0.04, -2, -154.7]),
        ("score_trend", [-0.1], [0, 0.2]),
        ("days_since_last_activity_z", [0.3], [0.01, 0, -1]),
        ("actions_30d_vs_previous", [0.01, 0.89], [0.95, 1, 41]),
        ("silence_vs_usual_gap", [1.5], [1, 0.2]),
        ("assessments_missed", [1], [0, None, math.nan]),
        ("share_handed_in", [0, 0.999], [1]),
        ("mean_score", [0.3], [1]),
        ("next_assessment_handed_in", [0], [1]),
        ("last_intention", [-1, 0], [1]),
        ("actions_7d", [0, 12], [None]),
        ("credits_studied", [], [0, 120]),
    ],
)
def test_what_speaks_well_of_a_learner_never_explains_a_risk(name, risky, safe):
    known = catalog()[name]
    assert [value for value in risky if not known.may_worry(value)] == []
    assert [value for value in safe if known.may_worry(value)] == []


def test_an_unknown_name_is_told_its_nearest():
    with pytest.raises(UnknownFeatureError, match="days_since_last_login"):
        sentence("days_since_login", 3)
    with pytest.raises(UnknownFeatureError, match="filrouge features list"):
        label("zzz")
    with pytest.raises(UnknownFeatureError):
        functions(["zzz"])


def test_an_unknown_language_is_refused():
    with pytest.raises(FilrougeError, match="fr or en"):
        words.label("actions_7d", "de")
