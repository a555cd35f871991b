"""The cards: the same document in two languages, nothing empty, and nothing of the records is taken for marks."""

import re
import string

import pytest

from data.errors import ModelError
from training import card as cards
from training.document import as_markdown, as_page, as_page_in_all
from training.findings import findings, sentences
from training.report import report
from training.words import LANGUAGES, Said, say, told, words

GAIN = {"value": 0.02, "low": 0.01, "high": 0.03}
EVIL = "<script>|*x*_[a](b)"
FIGURES = dict.fromkeys(cards.POOLED, 0.125) | {"n": 1000, "n_sessions": 3, "ece": 0.031}
LEVEL = {"pooled": FIGURES, "reliability": [(0.1, 0.05, 500), (0.2, 0.25, 500)]}
FOLD = {"n": 10, "n_sessions": 2, "base_rate": 0.1, "first_on": "2026-01-05", "last_on": "2026-03-01"}
SHOWN = {"suppressed": False, "n_learners": 40, "base_rate": 0.1, "tpr": 0.2, "fpr": 0.1, "calibration_gap": 0.01}
REPORT = {
    "model": "filrouge",
    "task": "abandoned_28d",
    "horizon_days": 28,
    "level": "peers",
    "abandonment": "recorded_or_silence",
    "asked": {"silence_days": 10},
    "outcomes": {"recorded": 5, "silence": 2, "undated": 1, "neutral": 3, "enrolments": 90},
    "censored": {"rows": 1200, "without_label": 200},
    "data_end": "2026-06-01",
    "trained_until": "2026-03-01",
    "training_base_rate": 0.05,
    "folds": {"protocol": "rolling", "n_tests": 1} | dict.fromkeys(("fit", "tune", "refit", "test"), FOLD),
    "pooled": FIGURES,
    "not_yet_gone": FIGURES | {"n": 990},
    "rows": [FIGURES | {"as_of_day": 7, "pr_auc": 0.1, "base_rate": 0.1}],
    "intervals": {"pr_auc": {"low": 0.1, "high": 0.2}},
    "alerts": dict.fromkeys(cards.ALERTS, 0.5),
    "ladder": [
        {"level": "rules", "against": "", "gain": None, "passed": True},
        {"level": "peers", "against": "rules", "gain": GAIN, "passed": True},
        {"level": "logistic", "against": "peers", "gain": GAIN, "passed": False},
    ],
    "levels": dict.fromkeys(("rules", "peers", "logistic"), LEVEL),
    "by_fold": [{"first_on": "2026-03-02", "last_on": "2026-06-01", "levels": {"peers": FIGURES}}],
    "fairness": {
        "gender": {
            "groups": [{"group": EVIL, **SHOWN}, {"group": "rare", "suppressed": True, "n_learners": "< 30"}],
            "delta_tpr": 0.2, "p_tpr": 0.01, "delta_fpr": 0.1, "p_fpr": 0.5,
        }
    },
    "run_key": "ab" * 8,
    "code": {"commit": None, "fingerprint": "cd" * 8},
    "table_versions": {"sessions": 3, "activity": 7},
    "data": {
        "site": "own", "sources": [EVIL], "batches": 2, "set_aside": 4, "hidden_by_consent": 6, "enrolments": 90,
        "learners": 80, "sessions": 3, "courses": 1, "learners_with_attributes": 70,
        "tables": [{"table": "posts", "rows": 9, "enrolments": 45, "first_on": "2026-01-06", "last_on": None}],
    },
}  # fmt: skip
YOUNG = REPORT | {"measured": False, "level": "rules", "defaults": [{"points": 0, "probability": 0.03}]}
CONTACTED = REPORT | {
    "censored": REPORT["censored"] | {"contacted": 34, "leavers_left_out": 9},
    "treated": {"rows": 21, "without": FIGURES, "with": FIGURES | {"precision_at_10pct": 0.0625}},
    "alerts_by_day": [
        {"as_of_day": 7, "n": 90, "base_rate": 0.1, "n_alerts": 12, "precision": 0.25, "best_possible": 0.75}
    ],
}  # fmt: skip
COST = {"seconds": 12.5, "peak_mb": 300}
DOCUMENTS = {
    "card": cards.card(REPORT), "contacted": cards.card(CONTACTED), "young": cards.card(YOUNG),
    "sheet": cards.data_sheet(REPORT), "report": report(CONTACTED | COST), "young report": report(YOUNG | COST),
}  # fmt: skip


def numbers(text):
    return [one.replace(",", ".") for one in re.findall(r"\d+(?:[.,]\d+)?", text)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_both_languages_hold_the_same_numbers_and_nothing_is_empty(name):
    french, english = (as_markdown(DOCUMENTS[name], language) for language in LANGUAGES)
    assert numbers(french) == numbers(english)
    for text in (french, english):
        assert "{" not in text
        assert "None" not in text
        assert "nan" not in text.split()
        parts = re.split(r"^#+ .*$", text, flags=re.M)[2:]
        assert len(parts) >= 7
        assert all(part.strip() for part in parts)
        tables = [line for line in text.splitlines() if line.startswith("|")]
        assert not [line for line in tables if re.search(r"\|\s+\|", line)]


@pytest.mark.parametrize("name", ["card", "sheet"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_comes_from_the_records_is_text_never_marks(name, language):
    text, page = as_markdown(DOCUMENTS[name], language), as_page(DOCUMENTS[name], language)
    assert r"\<script\>\|\*x\*\_\[a\](b)" in text
    assert "<script>" not in text.replace(r"\<script\>", "") + page
    assert "&lt;script&gt;|*x*" in page
    assert "http" not in page


def test_a_group_too_small_is_named_and_nothing_else_is_told_of_it():
    text = as_markdown(DOCUMENTS["card"], "en")
    assert "| rare | too few, not shown | – | – | – | – |" in text


def test_the_languages_have_the_same_sentences_with_the_same_values():
    french, english = words("fr"), words("en")
    assert set(french) == set(english)
    for key in french:
        fields = [sorted(f for _, f, _, _ in string.Formatter().parse(one[key]) if f) for one in (french, english)]
        assert fields[0] == fields[1], key
        assert french[key].strip()
    with pytest.raises(ModelError, match="no such language"):
        words("de")


@pytest.mark.parametrize(
    ("value", "french", "english"),
    [(0.12345, "0,1235", "0.1235"), (12, "12", "12"), (None, "–", "–"), (float("nan"), "–", "–"),
     ([1, 2.5], "1; 2,5", "1; 2.5"),
     (Said("word.yes"), "oui", "yes"), ([], "–", "–")],
)  # fmt: skip
def test_values_in_each_language(value, french, english):
    assert (told(value, "fr"), told(value, "en")) == (french, english)


def test_the_findings_are_those_of_the_report_s_own_checks():
    keys = [one.key for one in findings(REPORT)]
    assert keys == [
        "weak.left_aside", "weak.sessions", "weak.ece", "weak.shift", "weak.days", "weak.undated", "weak.silence",
        "weak.tpr",
    ]  # fmt: skip
    assert sentences(REPORT)[0].startswith("Tried and left aside: logistic regression did not beat comparison")
    assert [one.key for one in findings(YOUNG)] == ["weak.nothing_measured", "weak.defaults", "weak.possible_later"]
    dated = findings(YOUNG | {"measure_possible_on": "2026-09-01"})[-1]
    assert "pas avant le 2026-09-01" in say(dated, "fr")
    sound = REPORT | {"fairness": {}, "ladder": REPORT["ladder"][:2], "rows": [], "training_base_rate": 0.125}
    sound |= {"pooled": FIGURES | {"n_sessions": 9, "ece": 0.01}}
    sound |= {"outcomes": REPORT["outcomes"] | {"undated": 0, "silence": 0}}
    assert findings(sound) == []
    assert "Aucune trouvée" in as_markdown(cards.card(sound), "fr")


def test_contacts_are_told_with_the_figures_on_both_sides():
    keys = [one.key for one in findings(CONTACTED)]
    assert keys[-2:] == ["weak.contacted", "weak.tpr"]
    for language, number, said in (
        ("fr", "0,0625", "34 lignes d'apprenants contactés"),
        ("en", "0.0625", "34 rows of"),
    ):
        text = as_markdown(DOCUMENTS["contacted"], language)
        assert number in text
        assert text.count(said) == 2
    assert "told of no contact" in as_markdown(DOCUMENTS["card"], "en")


def test_the_report_is_one_page_in_french_then_english():
    page = as_page_in_all(DOCUMENTS["report"], {"ladder": b"png"})
    assert page.startswith('<!doctype html><html lang="fr">')
    assert page.index('<main id="fr" lang="fr">') < page.index('<main id="en" lang="en">')
    assert '<a href="#en" lang="en" hreflang="en">English</a>' in page
    assert 'name="viewport"' in page
    assert "<script>" not in page
    assert page.count("data:image/png;base64,cG5n") == 1
    assert "&lt;script&gt;|*x*" in page
