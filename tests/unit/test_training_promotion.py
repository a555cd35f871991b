"""Who serves: the gate's verdict as a table of cases, the history of acts, the duel that the gate reads."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from data.home import Home
from tests.unit.told_duels import SURE_GAIN, SURE_LOSS, TERMS, duel, flat
from training import history, registry
from training.alerting import Capacity
from training.bootstrap import Interval
from training.duel import compare, score_in_turn
from training.history import PROMOTED, ROLLED_BACK, TRAINED, Act, served_before
from training.metrics import Ranking, brier, ece, pr_auc
from training.promotion import APART, AS_GOOD, BETTER, MAY_BE_WORSE, WORSE, verdict
from training.registry import CHALLENGER, CHAMPION, Registered, alias_of_new


@pytest.mark.parametrize(
    ("case", "champion", "challenger", "seen", "expected"),
    [
        ("a sure gain", TERMS, TERMS, duel(pr_auc=SURE_GAIN), BETTER),
        ("a gain whose interval reaches zero", TERMS, TERMS, duel(pr_auc=(0.02, 0.0, 0.04)), AS_GOOD),
        ("nothing moves", TERMS, TERMS, duel(), AS_GOOD),
        ("a loss that is not sure, and could matter", TERMS, TERMS, duel(pr_auc=(-0.02, -0.04, 0.001)), MAY_BE_WORSE),
        ("a loss just over the margin", TERMS, TERMS, duel(pr_auc=(-0.01, -0.0201, 0.001)), MAY_BE_WORSE),
        ("a loss below the margin", TERMS, TERMS, duel(pr_auc=(-0.01, -0.019, 0.001)), AS_GOOD),
        ("a gain too unsure to exclude a loss", TERMS, TERMS, duel(pr_auc=(0.05, -0.03, 0.1)), MAY_BE_WORSE),
        ("no interval at all", TERMS, TERMS, duel(pr_auc=(0.01, float("nan"), float("nan"))), MAY_BE_WORSE),
        ("a sure loss", TERMS, TERMS, duel(pr_auc=SURE_LOSS), WORSE),
        ("better order, worse probabilities", TERMS, TERMS, duel(pr_auc=SURE_GAIN, brier=(0.002, 0.001, 0.003)), WORSE),
        ("a Brier loss too small to matter", TERMS, TERMS, duel(pr_auc=SURE_GAIN, brier=(0.0009, 1e-4, 0.002)), BETTER),
        ("worse calibrated", TERMS, TERMS, duel(ece=(0.02, 0.01, 0.03)), WORSE),
        ("perhaps worse calibrated", TERMS, TERMS, duel(ece=(0.02, -0.01, 0.03)), AS_GOOD),
        ("a better Brier score is no loss", TERMS, TERMS, duel(brier=SURE_LOSS), AS_GOOD),
        ("more alerts a mentor", TERMS, TERMS, duel(alerts_per_list=(0.4, 0.3, 0.5)), WORSE),
        ("a few more alerts", TERMS, TERMS, duel(alerts_per_list=(0.2, 0.1, 0.3)), AS_GOOD),
        ("groups drift apart", TERMS, TERMS, duel(pr_auc=SURE_GAIN, gaps=[("gender, x", (0.1, 0.05, 0.2))]), WORSE),
        ("groups perhaps drift apart", TERMS, TERMS, duel(gaps=[("gender, x", (0.1, -0.05, 0.2))]), AS_GOOD),
        ("groups come nearer", TERMS, TERMS, duel(gaps=[("gender, x", SURE_LOSS)]), AS_GOOD),
        ("another task", TERMS, replace(TERMS, task="fail_or_withdrawn"), duel(), APART),
        ("another definition", TERMS, replace(TERMS, definition="recorded_or_silence"), duel(), APART),
        ("another horizon", TERMS, replace(TERMS, horizon_days=56), duel(pr_auc=SURE_GAIN), APART),
        ("no row in common", TERMS, TERMS, None, APART),
        ("a challenger never measured", TERMS, replace(TERMS, measured=False), duel(), APART),
        ("too few leavers", TERMS, TERMS, duel(n_positive=4, pr_auc=SURE_GAIN), APART),
        ("too few who stay", TERMS, TERMS, duel(n=100, n_positive=96), APART),
    ],
)
def test_the_verdict(case, champion, challenger, seen, expected):
    found = verdict(champion, challenger, seen)
    assert found.word == expected, case
    assert found.because
    assert found.allowed == (expected in (BETTER, AS_GOOD))


def test_an_equal_verdict_says_how_much_worse_it_could_be():
    said = "; ".join(verdict(TERMS, TERMS, duel(pr_auc=(-0.01, -0.019, 0.001), ece=(0.0, -0.01, 0.004))).because)
    assert "may be lower by 0.0190, and 0.0200 is the most" in said
    assert "calibration error 0.0040 higher" in said
    alike = verdict(TERMS, TERMS, duel(pr_auc=(0.0, 0.0, 0.0), recall_at_capacity=(0.0, 0.0, 0.0)))
    assert "lower by 0.0000" in alike.because[1]
    assert "alerted 0.000 lower" in alike.because[2], "never less than nothing"
    refused = verdict(TERMS, TERMS, duel(pr_auc=(0.0, -0.05, 0.05)))
    assert not refused.allowed
    assert "too few rows" in refused.because[0]


def one(version, measured="yes", aliases=(CHAMPION,)):
    return Registered("filrouge", version, "r", aliases, {registry.MEASURED: measured})


@pytest.mark.parametrize(
    ("case", "champion", "expected"),
    [
        ("the first model", None, CHAMPION),
        ("rules that nothing measured", one("1", "no"), CHAMPION),
        ("a measured champion", one("1"), CHALLENGER),
    ],
)
def test_what_a_newcomer_becomes(case, champion, expected):
    assert alias_of_new(champion) == expected, case


def acts(*steps):
    return [Act(action, version, before, "Ada", "2026") for action, version, before in steps]


FIRST, SECOND = (TRAINED, "1", None), (PROMOTED, "2", "1")
BACK = (ROLLED_BACK, "1", "2")


@pytest.mark.parametrize(
    ("case", "steps", "serves", "expected"),
    [
        ("nothing written", (), "1", None),
        ("the first", (FIRST,), "1", None),
        ("one promotion", (FIRST, SECOND), "2", "1"),
        ("taken back", (FIRST, SECOND, BACK), "1", None),
        ("taken back, then another", (FIRST, SECOND, BACK, (PROMOTED, "3", "1")), "3", "1"),
        ("two promotions", (FIRST, SECOND, (PROMOTED, "3", "2")), "3", "2"),
        ("two, one taken back", (FIRST, SECOND, (PROMOTED, "3", "2"), (ROLLED_BACK, "2", "3")), "2", "1"),
        ("promoted again", (FIRST, SECOND, (PROMOTED, "1", "2")), "1", "2"),
        ("killed before it was carried out, then again", (FIRST, SECOND, SECOND), "2", "1"),
        ("the same, taken back: nobody served before", (FIRST, SECOND, SECOND, BACK), "1", None),
        ("killed, then another", (FIRST, SECOND, (PROMOTED, "3", "1")), "3", "1"),
        ("a roll-back killed, then typed again", (FIRST, SECOND, BACK, BACK), "1", None),
        ("a history that begins late", ((PROMOTED, "7", "5"),), "7", "5"),
    ],
)
def test_who_served_before(case, steps, serves, expected):
    assert served_before(acts(*steps), serves) == expected, case


def test_a_history_only_grows_and_shows_a_change_by_hand(tmp_path):
    home = Home(tmp_path).prepare()
    assert history.read(home, "m") == history.History((), intact=True)
    for act in acts(FIRST, SECOND, BACK):
        history.append(home, "m", act)
    kept = history.read(home, "m")
    assert ([a.version for a in kept.acts], kept.intact) == (["1", "2", "1"], True)
    path = home.models / "history-m.jsonl"
    path.write_text(path.read_text().replace("Ada", "Eve", 1))
    assert not history.read(home, "m").intact
    path.write_text("{}\n")
    with pytest.raises(registry.ModelError, match="line 1"):
        history.read(home, "m")


def rows_of_a_test():
    n, random = 400, np.random.default_rng(0)
    learner = np.arange(n) // 4
    label = (random.random(n) < 0.2).astype(float)
    return pd.DataFrame(
        {"learner_id": learner, "enrolment_id": learner, "session_id": np.where(learner % 2, "A", "B"), "label": label}
        | {"mentor_id": None, "as_of_on": pd.Timestamp("2026-01-05") + pd.to_timedelta(np.arange(n) % 4 * 28, "D")}
    )


def test_a_duel_gives_the_figures_of_each_and_counts_whom_they_would_call():
    rows, random = rows_of_a_test(), np.random.default_rng(1)
    label = rows["label"].to_numpy()
    luck, good = random.random(len(rows)), np.clip(random.random(len(rows)) * 0.5 + label * 0.4, 0, 1)
    attributes = pd.DataFrame({"learner_id": np.arange(100), "age_band": "", "disability": ""})
    attributes["gender"] = np.where(np.arange(100) % 2, "F", "M")
    found = compare(rows, luck, good, capacity=Capacity(2), attributes=attributes)
    for side, score in ((found.champion, luck), (found.challenger, good)):
        assert side["pr_auc"].value == pytest.approx(pr_auc(Ranking.of(label, score)))
        assert side["brier"].value == pytest.approx(brier(label, score))
        assert side["ece"].value == pytest.approx(ece(label, score))
    assert verdict(TERMS, TERMS, found).word == BETTER
    assert verdict(TERMS, TERMS, compare(rows, good, luck, capacity=Capacity(2), attributes=attributes)).word == WORSE
    assert set(found.gaps) == {"gender, leavers alerted", "gender, others alerted"}
    assert 0 < found.lists_in_common < 1
    ever = found.learners_by_both + found.learners_by_champion_alone + found.learners_by_challenger_alone
    assert 0 < ever <= 100
    assert sum(side["champion"] for side in found.sessions.values()) == 2 * 2 * 2 * 4
    same = compare(rows, good, good, capacity=Capacity(2), attributes=attributes)
    assert (same.lists_in_common, same.learners_by_champion_alone) == (1.0, 0)
    assert same.differences["pr_auc"] == Interval(0, 0, 0)
    json.dumps(found.as_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("case", "models", "expected", "seen"),
    [
        ("one model for all", [(None, "2025-12-31", 0.5)], [0.5, 0.5, 0.5], 0),
        ("each session by what was made for it", [("2026-01-01", "2025-12-31", 0.1), ("2026-03-01", "2026-02-28", 0.2)],
         [0.1, 0.1, 0.2], 0),
        ("a session older than any model", [("2026-02-01", "2026-01-31", 0.3)], [0.3, 0.3, 0.3], 1),
    ],
)  # fmt: skip
def test_each_row_is_scored_by_a_model_made_before_its_session(case, models, expected, seen):
    starts = pd.to_datetime(["2026-01-01", "2026-02-01", "2026-03-01"])
    rows = pd.DataFrame({"x": 0.0, "session_starts_on": starts, "label_until": starts + timedelta(days=27)})
    given = [{"sessions_from": s, "trained_until": u, "spec": flat(p)} for s, u, p in models]
    scores, known = score_in_turn(rows, given)
    assert scores == pytest.approx(expected), case
    assert known.sum() == seen, case
