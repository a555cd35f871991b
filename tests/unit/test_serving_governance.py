"""The governance file: every place filled or left to somebody, figures those of the run, nobody's value."""

import io
import json
import re
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pypdf
import pytest

from serving import choices
from serving.governance import document, facts, service
from serving.governance.document import FOLDER, PIECES, SUMMARY, pieces, template
from serving.governance.filling import PLACE, fill, left, table
from serving.governance.pdf import as_pdf, as_typst
from serving.governance.schemas import Known
from serving.language import Speech
from serving.quality.appointments import repository

SPEECH = Speech("fr", ZoneInfo("Europe/Paris"))
RUN = {
    "run_key": "6f0d5d14718f3cb1", "code": {"commit": "c0ffee", "fingerprint": "3c29c97d"}, "seconds": 12.2,
    "peak_mb": 630, "trained_until": "2026-05-10", "abandonment": "recorded_or_silence", "asked": {"silence_days": 12},
    "outcomes": {"recorded": 71, "silence": 66}, "table_versions": {"enrolments": 3, "activity": 7},
    "data": {"enrolments": 486, "learners": 450, "sessions": 10, "courses": 4, "set_aside": 1,
             "learners_with_attributes": 0},
    "pooled": {"n": 1455, "n_sessions": 5, "roc_auc": 0.80012, "pr_auc": 0.55842, "base_rate": 0.18557,
               "brier": 0.11388, "ece": 0.03792, "precision_at_10pct": 0.71284},
    "intervals": {"roc_auc": {"value": 0.80012, "low": 0.63622, "high": 0.86788}},
    "alerts": {"n_alerts": 238, "precision": 0.28151, "recall": 0.24815}, "censored": {"contacted": 17},
    "folds": {"n_tests": 5}, "fairness": {},
}  # fmt: skip
NOTHING = Known(
    date(2026, 6, 15), "Filrouge", "", "", 5, 90, 0, None, None, [], [("lire les présences", None)],
    [("Jours sans activité", "activity", "days")], [], {}, (True, 0),
)  # fmt: skip
WHOLE = replace(
    NOTHING, organisation="Centre Fableville", contact="donnees@fableville.example", dpo="dpo@fableville.example",
    run=RUN, serves={"name": "filrouge", "version": "3", "level": "lightgbm", "horizon_days": 28},
    sources=["moodle", "slack"], bases=[("lire les présences", "legal_obligation")], text_days=30,
    gestures=[("alert_dismissed", "mentor", 7), ("alert_dismissed", "course_lead", 2),
              ("action_recorded", "mentor", 9)],
    outcomes={"false_alarm": 6, "back_on_track": 3}, journal=(True, 40), drift="dérive au 15 juin 2026\u00a0: stable.",
    cards={"carte-du-modele": "# Fiche du modèle\n\nTexte.\n", "faiblesses": "- Une faiblesse."},
)  # fmt: skip


def told(known):
    return {one.name: one.text for one in pieces(known, SPEECH)}


@pytest.mark.parametrize("known", [NOTHING, WHOLE], ids=["nothing known", "all known"])
def test_every_place_is_filled_or_left_to_somebody(known):
    for name, text in told(known).items():
        assert "{{" not in text, name
        assert "None" not in text, name
        assert not re.search(r"\bnan\b|\[à compléter par *\]", text), name
    assert set(told(known)) >= {SUMMARY, *PIECES}


def test_every_place_of_every_template_is_a_fact_that_somebody_gathers():
    known = {*facts.facts(WHOLE, SPEECH), "pieces", "n_a_completer"}
    asked = {found.group(1) for path in FOLDER.glob("*.md") for found in PLACE.finditer(path.read_text("utf-8"))}
    assert asked <= known
    assert {path.stem for path in FOLDER.glob("*.md")} == {SUMMARY, *PIECES}


def test_figures_are_those_of_the_run():
    found = told(WHOLE)
    for piece, figure in (
        ("notice-apprenants", "sur 238 alertes d’essai, 28,2\u00a0% ont été suivies d’un abandon"),
        ("notice-apprenants", "donnees@fableville.example"),
        ("notice-apprenants", "la probabilité d’un abandon dans les 28 jours"),
        ("notice-apprenants", "moodle, slack"),
        ("notice-apprenants", "Les textes sont gardés 30 jours."),
        ("annexe-iv", "486 inscriptions de 450 apprenants, 10 sessions, 4 parcours"),
        ("annexe-iv", "10 mai 2026"),
        ("annexe-iv", "| ROC AUC | 0,800 | 0,636 | 0,868 |"),
        ("annexe-iv", "0,558 (PR-AUC) pour un taux de base de 0,186"),
        ("annexe-iv", "| activity | 7 |"),
        ("annexe-iv", "un silence de 12 jours ouvrés"),
        ("annexe-iv", "filrouge, version 3"),
        ("registre-des-risques", "lignes écartées\u00a0: 17"),
        ("registre-des-risques", "- Une faiblesse."),
        ("registre-des-risques", "24,8\u00a0% des lignes d’apprenants partis"),
        ("controle-humain", "| Alerte écartée | 9 |"),
        ("controle-humain", "| Mentor | Alerte écartée | 7 |"),
        ("aipd", "| lire les présences | obligation légale |"),
        ("aipd", "450 apprenants"),
        ("variables", "| Jours sans activité | activity | days |"),
        ("carte-du-modele", "Texte."),
    ):
        assert figure in found[piece], figure


def test_each_step_that_people_take_of_an_alert_has_its_words():
    """An action that tells of an appointment is one: its entry names the action."""
    steps = [*choices.EVENTS, *repository.EVENTS]
    oversight = told(replace(WHOLE, gestures=[(one, "mentor", 2) for one in steps]))["controle-humain"]
    assert [one for one in steps if one in oversight] == []


def test_few_alerts_of_an_outcome_are_not_counted_out():
    oversight = told(replace(WHOLE, outcomes={"false_alarm": 6, "back_on_track": 3, "abandoned": 9}))["controle-humain"]
    assert "| De retour dans le parcours | moins de 5 |" in oversight
    assert "| Fausse alerte | non dit |" in oversight, "the total of the gestures less the others would tell it"
    assert "| 9 |" in oversight
    alone = told(replace(WHOLE, outcomes={"false_alarm": 6}))["controle-humain"]
    assert "| Fausse alerte | 6 |" in alone


def test_what_nobody_recorded_is_left_and_counted():
    bare, whole = (sum(map(left, told(known).values())) for known in (NOTHING, WHOLE))
    assert bare > whole > 30
    assert "[à compléter par l’organisme\u00a0: réglage FILROUGE_ORGANISATION]" in told(NOTHING)["aipd"]
    assert f"{whole} mentions restent" in told(WHOLE)[SUMMARY]
    assert "aucun modèle ne sert encore" in told(NOTHING)["annexe-iv"]


@pytest.mark.parametrize(
    ("given", "known", "expected"),
    [
        ("{{a}}", {"a": "x"}, "x"),
        ("{{a|lui}}", {"a": None}, "[à compléter par lui]"),
        ("{{a|lui}}", {"a": ""}, "[à compléter par lui]"),
        ("{{a|lui}} {{a}}", {"a": "y"}, "y y"),
        ("{{a}}", {"a": None}, KeyError),
        ("{{b}}", {"a": "x"}, KeyError),
    ],
)
def test_a_place(given, known, expected):
    if expected is KeyError:
        with pytest.raises(KeyError):
            fill(given, known)
    else:
        assert fill(given, known) == expected


def test_annex_iv_has_the_nine_points_of_the_annex():
    heads = re.findall(r"(?m)^## (\d)\. ", template("annexe-iv"))
    assert heads == list("123456789")
    assert re.findall(r"(?m)^## (\d)\. ", template("aipd")) == list("1234")


def test_french_typography_of_the_templates():
    for path in FOLDER.glob("*.md"):
        text = PLACE.sub("x", path.read_text("utf-8"))
        assert not re.search(r"[\w)][;:!?](\s|$)|'| [;!?»]|[\w)] :|« ", text), path.name


def test_the_same_knowledge_gives_the_same_bytes_and_the_pdf_is_tagged(tmp_path):
    made = pieces(WHOLE, SPEECH)
    first = service.write(tmp_path / "a", made, day=WHOLE.day, organisation=WHOLE.organisation)
    again = service.write(tmp_path / "b", pieces(WHOLE, SPEECH), day=WHOLE.day, organisation=WHOLE.organisation)
    assert first == again
    manifest = json.loads((tmp_path / "a" / service.MANIFEST).read_text())
    assert manifest == {"as_of": "2026-06-15", "sha256": first}
    read = pypdf.PdfReader(tmp_path / "a" / service.PDF)
    assert read.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert read.trailer["/Root"]["/Lang"] == "fr"
    assert "Notice d’information" in read.pages[0].extract_text()


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("# A #b", ["= A \\#b", ""]),
        ("- un *mot*_", ["- un \\*mot\\*\\_", ""]),
        ("2. deux", ["+ deux", ""]),
        ("abandoned\\_28d `x`", ["abandoned\\_28d x", ""]),
        ("= pas un titre", ["\\= pas un titre", ""]),
        ("https://a.b", ["https:/\\/a.b", ""]),
    ],
)
def test_markdown_in_typst(markdown, expected):
    assert list(as_typst(markdown)) == expected


def test_whatever_a_text_holds_the_pdf_is_made():
    odd = replace(WHOLE, organisation='Centre "A" #b $c$ [d] <e> @f ~g //h */ \\i', sources=["a|b\nc"])
    body = as_pdf(pieces(odd, SPEECH), day=odd.day, organisation=odd.organisation)
    assert len(pypdf.PdfReader(io.BytesIO(body)).pages) > 5


def test_a_table_without_a_row_says_so():
    assert table(("a", "b"), []) == "Aucun à ce jour."
    assert document.CARDS["carte-du-modele"] == "card.fr.md"
