"""What leaves the organisation: no hidden count can be worked out from those shown, nor pinned to one value."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from serving.quality.figures.suppression import LEAST, Node, hidden, is_small, told_over, total

LARGE = st.integers(LEAST, 40)
NUMBERS = st.one_of(LARGE, LARGE, LARGE, LARGE, LARGE, LARGE, st.integers(0, LEAST))
"""Mostly large: a table where everything is small is hidden whole, and proves nothing."""


@st.composite
def tables(draw):
    """Draw an organisation of courses of sessions: two figures that share people, in two and three parts."""
    cell = st.tuples(st.tuples(NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS, NUMBERS))
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    return made([[draw(cell) for _ in range(n)] for n in sizes])


def made(courses):
    nodes = [Node("all", None, total(cell for cells in courses for cell in cells))]
    for c, cells in enumerate(courses):
        nodes.append(Node(f"c{c}", "all", total(cells)))
        nodes += [Node(f"c{c}s{s}", f"c{c}", cell) for s, cell in enumerate(cells)]
    return nodes


def leaves(nodes, key):
    below = [one.key for one in nodes if one.parent == key]
    return {key} if not below else set().union(*(leaves(nodes, one) for one in below))


def held(nodes):
    last = [one.key for one in nodes if not any(other.parent == one.key for other in nodes)]
    return {one.key: np.array([leaf in leaves(nodes, one.key) for leaf in last], dtype=float) for one in nodes}


def bounds(target, rows, values):
    """Return the least and the greatest value that a count may have: what is shown, and no count is negative."""
    found = []
    for sign in (1, -1):
        solved = linprog(sign * target, A_eq=rows or None, b_eq=values or None, bounds=(0, None), method="highs")
        found.append(sign * solved.fun if solved.status == 0 else np.inf)
    return found


def counts_of(nodes):
    """Yield each count that the figures tell: the same place in every node."""
    shape = [(f, p) for f, parts in enumerate(nodes[0].counts) for p in range(len(parts))]
    for figure, part in shape:
        yield {one.key: one.counts[figure][part] for one in nodes}


def above(nodes, key):
    parents = {one.key: one.parent for one in nodes}
    while key is not None:
        yield key
        key = parents[key]


ONE_SMALL = made([[((2, 10), (5, 5, 5)), ((8, 30), (9, 9, 9)), ((9, 40), (20, 20, 9))]])
LONE_SESSIONS = made([[((2, 10), (5, 5, 5))], [((8, 30), (9, 9, 9))], [((9, 40), (20, 20, 9))]])
NOBODY_IN_A_PART = made([[((0, 3), (5, 5, 5)), ((0, 30), (9, 9, 9))], [((0, 40), (20, 20, 9))]])


@settings(max_examples=30, deadline=None)
@given(tables())
@example(ONE_SMALL)
@example(LONE_SESSIONS)
@example(NOBODY_IN_A_PART)
def test_no_hidden_count_is_pinned_by_those_shown(nodes):
    out, rows = hidden(nodes), held(nodes)
    shown = [one.key for one in nodes if one.key not in out]
    assert not [one.key for one in nodes if one.key in shown and is_small(one.counts)]
    for counts in counts_of(nodes):
        equations, values = [rows[key] for key in shown], [counts[key] for key in shown]
        for key in out:
            told_by_zero = any(other in shown and not counts[other] for other in above(nodes, key))
            low, high = bounds(rows[key], equations, values)
            assert low - 1e-6 <= counts[key] <= high + 1e-6
            assert high - low > 1 - 1e-6 or (told_by_zero and counts[key] == 0), (key, low, high)


@settings(max_examples=120, deadline=None)
@given(tables())
def test_what_is_left_when_shown_scopes_are_taken_off_is_not_small_either(nodes):
    out = hidden(nodes)
    by_key = {one.key: one for one in nodes}
    for one in nodes:
        below = [other.key for other in nodes if other.parent == one.key]
        if one.key in out or not below or any(k in out and k.count("s") == 0 for k in below):
            continue
        rest = [by_key[key].counts for key in below if key in out]
        assert not rest or not is_small(total(rest)), one.key


@settings(max_examples=60, deadline=None)
@given(tables(), st.randoms())
def test_the_order_of_the_rows_changes_nothing(nodes, random):
    mixed = list(nodes)
    random.shuffle(mixed)
    assert hidden(mixed) == hidden(nodes)


@given(st.lists(st.integers(LEAST, 60), min_size=1, max_size=6))
def test_where_nothing_is_small_nothing_is_hidden(numbers):
    assert hidden(made([[((n, n + 1),) for n in numbers]])) == frozenset()


def test_one_small_session_takes_another_with_it_and_the_total_stays():
    assert hidden(ONE_SMALL) == {"c0s0", "c0s1"}


def test_courses_of_one_session_are_hidden_with_it():
    assert hidden(LONE_SESSIONS) == {"c0", "c0s0", "c1", "c1s0"}


@pytest.mark.parametrize(
    "nodes",
    [
        [Node("all", None, ((10,),)), Node("a", "all", ((9,),))],
        [Node("a", "nowhere", ((9,),))],
    ],
)
def test_a_table_that_does_not_sum_up_is_refused(nodes):
    with pytest.raises(ValueError, match=r"sum|known"):
        hidden(nodes)


@st.composite
def quarters(draw):
    """Draw the same organisation over three months."""
    cell = st.tuples(st.tuples(NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS))
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=2))
    return [made([[draw(cell) for _ in range(n)] for n in sizes]) for _ in range(3)]


def summed(months):
    return [Node(one.key, one.parent, total(month[n].counts for month in months)) for n, one in enumerate(months[0])]


def over_time(months):
    """Return what is hidden of each month, and of their quarter."""
    alone = [hidden(month) for month in months]
    return alone, told_over(hidden(summed(months)), alone)


EACH_ITS_OWN = [
    made([[((9, 9), (9, 9)), ((9, 9), (9, 9)), ((9, 9), (9, 9))]]),
    made([[((2, 9), (9, 9)), ((9, 9), (9, 9)), ((20, 20), (20, 20))]]),
    made([[((20, 20), (20, 20)), ((9, 9), (9, 9)), ((2, 9), (9, 9))]]),
]


@settings(max_examples=6, deadline=None)
@given(quarters())
@example(EACH_ITS_OWN)
def test_a_hidden_month_cannot_be_worked_out_from_its_quarter_and_the_other_months(months):
    alone, longer = over_time(months)
    tables = [*zip(months, alone, strict=True), (summed(months), longer)]
    size = len([one for one in months[0] if one.key.count("s")])
    rows = held(months[0])

    def row_of(key, n):
        blocks = [rows[key] if n in (month, 3) else np.zeros(size) for month in range(3)]
        return np.concatenate(blocks)

    for figure, part in [(f, p) for f, parts in enumerate(months[0][0].counts) for p in range(len(parts))]:
        told = [
            (row_of(one.key, n), one.counts[figure][part])
            for n, (nodes, out) in enumerate(tables) for one in nodes if one.key not in out
        ]  # fmt: skip
        zeros = [row for row, count in told if not count]
        for n, (nodes, out) in enumerate(tables):
            for one in nodes:
                if one.key not in out:
                    continue
                target, count = row_of(one.key, n), one.counts[figure][part]
                low, high = bounds(target, [row for row, _ in told], [value for _, value in told])
                assert low - 1e-6 <= count <= high + 1e-6
                by_zero = not count and all(any(row[cell] for row in zeros) for cell in np.flatnonzero(target))
                assert high - low > 1 - 1e-6 or by_zero, (one.key, n, low, high)


def test_a_quarter_decided_alone_would_tell_what_its_months_hide():
    alone, longer = over_time(EACH_ITS_OWN)
    assert [sorted(out) for out in alone] == [[], ["c0s0", "c0s1"], ["c0s1", "c0s2"]]
    assert hidden(summed(EACH_ITS_OWN)) == frozenset()
    assert sorted(longer) == ["c0s0", "c0s1", "c0s2"]
