"""Sizes of model are read beside the large one: fewer trees of the same boosters, and what their reasons cost."""

import numpy as np

from tests.unit.test_training_development import FEATURES, snapshots
from training import development, model
from training.development import Variant, grown, label_of, reading
from training.sizes import LARGE, SIZES, TOLD, Size, scores, table

SMALL = (Size(2, 6), Size(2, 3), Size(1, 6), Size(2, 3, 0.3))


def test_what_serves_is_among_the_sizes_read():
    assert Size(len(model.SEEDS), model.MAX_ROUNDS, model.PARAMETERS["learning_rate"]) in SIZES
    assert SIZES[0] == LARGE
    assert LARGE.trees == 1300


def test_fewer_seeds_and_rounds_are_the_model_grown_so(monkeypatch):
    """On rows that every round can split: a round that cannot adds no tree."""
    monkeypatch.setitem(development.PARAMETERS, "feature_fraction", 1.0)
    rows = snapshots(n=2000)
    bent = rows.assign(label=((rows["mean_score"] * rows["posts_30d"]) > 0).astype(float))
    found = reading(bent, FEATURES, "later")
    read = {size: score for size, score, _ in scores(found, SMALL)}
    assert list(read) == list(SMALL)
    for size in SMALL:
        variant = Variant(parameters={"learning_rate": size.step}, rounds=size.rounds)
        alone = grown(variant, found, label_of(found.fit), (1, 2)[: size.seeds]).score()
        np.testing.assert_allclose(read[size], alone, rtol=0, atol=1e-12)
    assert len({score.tobytes() for score in read.values()}) == len(SMALL)


def test_the_table_has_a_line_a_size_and_compares_with_the_first():
    found = {"later": reading(snapshots(), FEATURES, "later")}
    head, rule, first, *others = table(found, "withdrawn_28d", SMALL)
    assert f"reasons of {TOLD:,}, CPU s" in head
    assert len({line.count("|") for line in (head, rule, first, *others)}) == 1
    assert first.startswith("| 2 × 6, step 0.12 | later | 12 |")
    assert " to " not in first
    assert [line.count(" to ") for line in others] == [2, 2, 2]
