"""Who was helped: a table of cases; the direction on simulated learners whose risk without a contact is known."""

from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest

from data.contracts import TABLES
from data.privacy import Pseudonymiser
from data.simulated import records as simulated
from data.simulated.plan import parts
from data.simulated.truth import truth
from data.simulated.world import make_world
from data.simulator import Plan, simulate
from training.contacts import NEVER, SMALLEST, Followed, follow, kept_chance, strata_of, without_help
from training.labels import abandonments, label, parse_task
from training.snapshots import read_snapshots
from training.treated import treated

AS_OF, LAST = date(2026, 3, 2), date(2026, 3, 29)


def seen(n=1, left=None, value=None):
    days = pd.to_datetime([AS_OF] * n)
    labels = [1.0 if left else 0.0 if value is None else value] * n
    return pd.DataFrame(
        {"enrolment_id": np.arange(1, n + 1), "as_of_on": days, "label": labels,
         "label_until": pd.to_datetime([LAST] * n), "abandoned_on": pd.to_datetime([left] * n)}
    )  # fmt: skip


def called(*days, enrolment=1):
    return pd.DataFrame({"enrolment_id": [enrolment] * len(days), "contacted_on": pd.to_datetime(list(days))})


STAYED, LEFT = None, date(2026, 3, 12)


@pytest.mark.parametrize(
    ("case", "left", "contacts", "before_days", "expected"),
    [
        ("never called, stayed", STAYED, called(), 0, 0),
        ("never called, left", LEFT, called(), 0, 1),
        ("called on the day itself, stayed", STAYED, called(AS_OF), 0, None),
        ("called on the window's last day, stayed", STAYED, called(LAST), 0, None),
        ("called the day after the window, stayed", STAYED, called(LAST + timedelta(1)), 0, 0),
        ("called the day before, stayed", STAYED, called(AS_OF - timedelta(1)), 0, 0),
        ("called the day before, and that counts", STAYED, called(AS_OF - timedelta(1)), 7, None),
        ("called too long before", STAYED, called(AS_OF - timedelta(8)), 7, 0),
        ("called, then left all the same", LEFT, called(LEFT - timedelta(1)), 0, None),
        ("called on the day of the exit", LEFT, called(LEFT), 0, 1),
        ("called once gone", LEFT, called(LEFT + timedelta(3)), 0, 1),
        ("called before and within", STAYED, called(AS_OF - timedelta(9), AS_OF + timedelta(9)), 0, None),
        ("somebody else was called", STAYED, called(AS_OF, enrolment=2), 0, 0),
    ],
)
def test_which_label_a_contact_takes_away(case, left, contacts, before_days, expected):
    rows = seen(left=left)
    found, thinned = without_help(rows, follow(rows, contacts, before_days=before_days), np.zeros(1))
    value = found.iloc[0]
    assert (None if np.isnan(value) else int(value)) == expected, case
    assert not thinned.any()


def test_an_unknown_label_stays_unknown_and_the_order_of_contacts_never_matters():
    rows = pd.concat([seen(3), seen(1, value=np.nan).assign(enrolment_id=4)], ignore_index=True)
    contacts = pd.concat([called(LAST, enrolment=3), called(AS_OF, LAST, enrolment=2), called(AS_OF, enrolment=2)])
    found = [without_help(rows, follow(rows, c), np.zeros(4))[0] for c in (contacts, contacts.iloc[::-1])]
    assert found[0].equals(found[1])
    assert found[0].isna().tolist() == [False, True, True, True]


def test_a_leaver_is_kept_as_often_as_a_stayer_like_them():
    """Of four, one is called on day 2 and one on day 20: who left on day 10 had one chance in two of the second."""
    followed = Followed(
        window=np.full(4, 28), over=np.array([28, 10, 28, 28]), contacted=np.array([2, NEVER, 20, NEVER])
    )
    assert kept_chance(followed, np.zeros(4, np.int64)).tolist() == [1, 0.5, 1, 1]
    assert kept_chance(followed, np.array([0, 1, 0, 0])).tolist() == [1, 1, 1, 1]


def test_strata_keep_equal_risks_together_and_none_is_small():
    risk = np.repeat([0.0, 1.0, 2.0, 9.0], [4000, 150, 800, 50])
    found = strata_of(risk)
    assert all(len(np.unique(found[risk == value])) == 1 for value in np.unique(risk))
    assert np.bincount(found)[1:].min() >= SMALLEST
    assert (np.diff(found) >= 0).all()


def lived(actions, rate):
    """Return labelled weeks of simulated learners, the truth without a contact beside, and their contacts."""
    plan, pseudonymiser = (
        Plan(sessions=1, learners=4000, weeks=20, seed=5, actions=actions, contact_rate=rate),
        Pseudonymiser(b"k" * 32, "simulator"),
    )
    worlds = [make_world(plan, part, pseudonymiser) for part in parts(plan)]
    roster = pd.concat([simulated.enrolments(w, np.zeros(len(w.left)), pseudonymiser).to_pandas() for w in worlds])
    told = pd.concat([truth(w).to_pandas() for w in worlds], ignore_index=True)
    seen_days = pd.concat([_seen(w) for w in worlds], ignore_index=True)
    rows = told.rename(columns={"day": "as_of_on"})[["enrolment_id", "as_of_on", "abandons_28d"]].assign(
        risk=-seen_days
    )
    rows = rows.join(label(rows, abandonments(roster), task=parse_task("abandoned_28d"), data_end=plan.last_on))
    week = (pd.to_datetime(rows["as_of_on"]) - pd.Timestamp(plan.first_on)).dt.days // 7
    rows = rows[(week >= 2) & (week < 16) & rows["label"].notna()].reset_index(drop=True)
    return rows, pd.concat([simulated.contacts(w).to_pandas() for w in worlds])


def _standardised(rows, labels, kept):
    """Return the share of leavers among the rows kept, had each risk its own share of all the rows."""
    return (labels[kept].groupby(rows["risk"][kept]).mean() * rows["risk"].value_counts(normalize=True)).sum()


def _seen(world):
    """Return the days each learner was seen in the last fortnight, week by week: what mentors choose by."""
    total = np.pad(world.present, ((0, 0), (15, 0))).cumsum(axis=1)
    rows, week = np.nonzero(7 * np.arange(world.plan.weeks)[None, :] < world.left[:, None])
    return pd.Series(total[rows, 7 * week + 14] - total[rows, 7 * week])


@pytest.mark.parametrize(("actions", "rate"), [("random", 0.2), ("at_risk", 0.1)])
def test_help_that_works_does_not_teach_that_it_was_not_wanted(actions, rate):
    """As lived, the risk is understated; leaving out stayers alone overstates it more; ours is near the truth."""
    rows, contacts = lived(actions, rate)
    followed = follow(rows, contacts)
    ours, thinned = without_help(rows, followed, rows["risk"].to_numpy(dtype=float))
    everyone, stayers = pd.Series(True, index=rows.index), ~followed.helped | (rows["label"] == 1)
    real = rows["abandons_28d"].mean()
    as_lived, without_stayers, found = (
        _standardised(rows, labels, kept) / real
        for labels, kept in ((rows["label"], everyone), (rows["label"], stayers), (ours, ours.notna()))
    )
    assert as_lived < 0.92
    assert without_stayers > 1.3
    assert abs(found - 1) < 0.05
    assert 0 < thinned.sum() < (rows["label"] == 1).sum()


def test_figures_are_told_with_and_without_those_helped():
    test = seen(6).assign(session_id="S", learner_id=np.arange(6), label=[0.0, 0, 0, 1, 1, 0])
    helped = seen(2).assign(session_id=["S", "T"], learner_id=[7, 8], label=0.0)
    scores = np.linspace(0.1, 0.6, 6)
    told = treated([test], [scores], [lambda rows: np.full(len(rows), 0.9)], helped)
    assert told is not None
    assert (told["rows"], told["without"]["n"], told["with"]["n"]) == (1, 6, 7)
    assert told["with"]["roc_auc"] < told["without"]["roc_auc"]
    assert treated([test], [scores], [], helped.iloc[:0]) is None


def snapshots(tmp_path, *, forgotten=False):
    made = simulate(
        Plan(sessions=1, learners=60, weeks=10, actions="random", contact_rate=0.3), Pseudonymiser(b"k" * 32, "s")
    )
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for name, spec in TABLES.items():
            table = made.tables.get(name, spec.schema.empty_table())
            con.register("given", table.slice(0, 0) if forgotten and name == "contacts" else table)
            con.execute(f'CREATE TABLE "{name}" AS FROM given')
            con.unregister("given")
        return read_snapshots(con, parse_task("abandoned_28d"), cache=tmp_path, versions={"contacts": int(forgotten)})


def test_snapshots_leave_out_who_was_helped_and_nothing_where_no_contact_is_recorded(tmp_path):
    """The features are those of the same records without contacts, to the last bit, and are not built again."""
    found, unmarked = snapshots(tmp_path), snapshots(tmp_path, forgotten=True)
    key = ["enrolment_id", "as_of_on"]
    assert unmarked.contacted.empty
    assert (unmarked.censored["contacted"], unmarked.censored["leavers_left_out"]) == (0, 0)
    marked = found.censored["contacted"] + found.censored["leavers_left_out"]
    assert marked == len(found.contacted) == len(unmarked.rows) - len(found.rows) > 0
    together = pd.concat([found.rows, found.contacted]).sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(together, unmarked.rows.sort_values(key, ignore_index=True), check_dtype=False)
    assert len(list(tmp_path.glob("training-*.parquet"))) == 2  # the roster, and the leaky one
