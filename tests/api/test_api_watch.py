"""The watch: its page, its JSON, what Prometheus reads; nobody's data in any of them."""

import json

import pytest

from tests.api import serving_seed as seed

DAY = seed.TODAY.isoformat()
COLUMN = {
    "name": "days_since_last_login", "distance": 0.9, "drifted": True, "missing_reference": 0.0, "missing_current": 0.5,
    "median_reference": 4.0, "median_current": 1.0, "usual": 0.4, "chance": 0.01, "missing_chance": 0.01,
    "missing_drifted": True,
}  # fmt: skip
SCORE = {**COLUMN, "name": "probability", "drifted": False}
GONE = {**COLUMN, "name": "of_an_older_version", "drifted": False}
COURSE = {"verdict": "watch", "n_current": 12, "n_drifted": 1, "columns": [COLUMN]}
DRIFT = {"as_of": DAY, "model": "filrouge 3", "verdict": "watch", "n_current": 22, "n_sessions": 7, "n_drifted": 1,
         "n_columns": 2, "columns": [COLUMN, SCORE, GONE], "courses": {"DWEB": COURSE}}  # fmt: skip
FIGURES = {"roc_auc": {"value": 0.81, "low": 0.7, "high": 0.9}, "brier": {"value": 0.1, "low": None, "high": None}}
NOTHING = {"horizon_days": 28, "n": 22, "n_positive": 3.0, "n_sessions": 2, "clusters": "", "figures": {}}
TOLD = {
    "as_of": DAY, "model": "filrouge 3", "level": "lightgbm", "drift": "watch",
    "verdict": {"action": "keep", "reasons": ["source_quiet", "no_label_yet"]},
    "columns": {"compared": 2, "moved": 1},
    "freshness": [{"kind": "activity", "sources": ["moodle"], "state": "quiet", "last_at": "2026-06-10T17:00:00"},
                  {"kind": "posts", "sources": [], "state": "not_enough_data", "last_at": None}],
    "performance": {"horizon": NOTHING, "short": {**NOTHING, "horizon_days": 14},
                    "estimate": {**NOTHING, "figures": FIGURES}, "contacts": 4},
    "expected": FIGURES, "trained_until": "2026-01-01",
}  # fmt: skip


ENOUGH = {**NOTHING, "hidden": False, "people": 9, "figures": {**FIGURES, "ratio": FIGURES["brier"]}}
FEW = {**NOTHING, "hidden": False, "people": 6}
HIDDEN = {"hidden": True, "people": None, "n": None, "n_positive": None, "figures": {}}
LEFT = {**NOTHING, "on": False, "second": 30, "over": 20, "contacted": 3, "n": 17, "low": None, "high": None}
LATER = {**TOLD, "performance": {**TOLD["performance"], "by_course": {"DWEB": ENOUGH, "SECO": FEW}, "holdout": LEFT,
                                 "by_gender": {}, "by_disability": {"True": HIDDEN, "False": HIDDEN}}}  # fmt: skip


def keep(site, day, **contents):
    for name, content in contents.items():
        folder = site.settings.folder.reports / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{day}.json").write_text(json.dumps({**content, "as_of": day}), encoding="utf-8")
        (folder / f"{day}.html").write_text("<html></html>", encoding="utf-8")


@pytest.fixture
def watched(site):
    keep(site, DAY, drift=DRIFT, watch=TOLD)
    return site


@pytest.mark.usefixtures("watched")
def test_the_page_says_what_to_do_why_and_what_moved(browser):
    html = browser("data").get("/watch").text
    wanted = ["Garder le modèle", "Une source est silencieuse", "dernier le mercredi 10 juin", "0,810", "À surveiller"]
    for words in (*wanted, "1 sur 2", "un seul rapport", "voyez la source"):
        assert words in html
    assert ">days_since_last_login" not in html, "a feature is shown by its label"


def test_without_a_watch_the_page_says_how_to_have_one(browser):
    html = browser("data").get("/watch").text
    assert "Rien n’a encore été surveillé" in html
    assert browser("data").get("/api/v1/watch").status_code == 404


@pytest.mark.usefixtures("watched")
def test_programs_are_told_the_same(browser):
    told = browser("data").get("/api/v1/watch").json()
    assert (told["action"], told["reasons"]) == ("keep", ["source_quiet", "no_label_yet"])
    assert [(one["feature"], one["distance"]) for one in told["moved"]] == [("days_since_last_login", 0.9)]
    assert told["courses"] == [{"course_id": "DWEB", "verdict": "watch", "enrolments": 12, "moved": 1}]
    assert [(one["kind"], one["state"]) for one in told["sources"]] == [
        ("activity", "quiet"), ("posts", "not_enough_data")]  # fmt: skip
    assert told["performance"][2]["figures"]["roc_auc"]["value"] == 0.81


@pytest.mark.usefixtures("watched")
def test_prometheus_reads_codes_and_figures(browser):
    text = browser().get("/metrics").text
    for line in (
        'filrouge_watch_verdict{action="keep"} 1.0', 'filrouge_watch_verdict{action="retrain"} 0.0',
        'filrouge_drift_verdict{verdict="watch"} 1.0', 'filrouge_drift_columns{state="moved"} 1.0',
        'filrouge_source_state{kind="activity",state="quiet"} 1.0', 'filrouge_model_roc_auc{of="estimate"} 0.81',
    ):  # fmt: skip
        assert line in text.splitlines()
    assert "days_since" not in text


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize(("username", "there"), [("zina", True), ("lea", True), ("admin", True), ("qualite", False)])
def test_mentors_and_the_administration_are_told_that_a_source_is_quiet(browser, username, there):
    address = {"qualite": "/register", "admin": "/admin"}.get(username, "/today")
    html = browser(username).get(address).text
    assert ("Connexions et consultations\u00a0: rien depuis le mercredi 10 juin" in html) is there


def test_courses_and_groups_have_their_figures_too_few_labels_are_said_and_too_few_people_are_not_told(
    watched, browser
):
    keep(watched, DAY, watch=LATER)
    html = browser("data").get("/watch").text
    for words in ("DWEB", "SECO", "Handicap déclaré", "Non déclaré", "non dit", "pas assez de données"):
        assert words in html
    assert "Sexe" not in html, "a group of which nothing is known has no table"
    told = browser("data").get("/api/v1/watch").json()
    assert [(one["by"], one["name"], one["hidden"], one["people"]) for one in told["groups"]] == [
        ("by_course", "DWEB", False, 9), ("by_course", "SECO", False, 6),
        ("by_disability", "True", True, None), ("by_disability", "False", True, None),
    ]  # fmt: skip


def test_the_hold_out_is_told_with_who_it_is_or_that_there_is_none(watched, browser):
    assert "aucun tirage au sort" in browser("data").get("/watch").text
    assert browser("data").get("/api/v1/watch").json()["holdout"] is None
    keep(watched, DAY, watch=LATER)
    html = browser("data").get("/watch").text
    assert "passer en second\u00a0: 30" in html
    assert "Le tirage a été arrêté depuis." in html
    found = browser("data").get("/api/v1/watch").json()["holdout"]
    assert (found["second"], found["over"], found["contacted"], found["n"], found["figures"]) == (30, 20, 3, 17, {})


@pytest.mark.parametrize("left", [[], ["2026-06-08"]], ids=["none is left", "an earlier one is left"])
def test_a_day_whose_drift_report_is_past_its_time_is_shown_without_another_days(watched, browser, left):
    """Retention removes drift reports, and keeps what the watch said."""
    for path in (watched.settings.folder.reports / "drift").glob("*"):
        path.unlink()
    for day in left:
        keep(watched, day, drift=DRIFT)
    page = browser("data").get("/watch")
    assert (page.status_code, "Garder le modèle" in page.text) == (200, True)
    assert "Le rapport de dérive de ce jour n’est plus conservé" in page.text
    assert "Aucune colonne" not in page.text
    assert "/model/drift/" not in page.text
    told = browser("data").get("/api/v1/watch").json()
    assert (told["columns"], told["moved"], told["courses"]) == (0, [], []), "of that day, and of no other"


def test_the_days_kept_are_gone_back_to_and_a_feature_is_followed_day_by_day(watched, browser):
    keep(watched, "2026-06-08", drift={**DRIFT, "columns": [{**COLUMN, "distance": 0.1, "drifted": False}]},
         watch={**TOLD, "verdict": {"action": "retrain", "reasons": ["data_drifted"]}})  # fmt: skip
    page = browser("data").get("/watch?feature=days_since_last_login").text
    assert "/watch?on=2026-06-08" in page
    assert "0,100" in page
    assert "n’a pas bougé" in page
    assert "Entraîner" in browser("data").get("/watch?on=2026-06-08").text
    assert "Garder le modèle" in browser("data").get("/watch?on=nonsense").text
    assert "Aucun rapport gardé" in browser("data").get("/watch?feature=nothing_of_the_kind").text
    told = browser("data").get("/api/v1/watch?on=2026-06-10").json()
    assert (told["as_of_on"], told["action"], told["days"]) == ("2026-06-08", "retrain", [DAY, "2026-06-08"])
    assert [len(one["points"]) for one in browser("data").get("/api/v1/watch").json()["trends"]][:1] == [1]
    assert browser("data").get("/api/v1/watch?on=2026-01-01").status_code == 404
