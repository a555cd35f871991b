"""What the pages make of the watch's reports: the course of each feature, how right the alerts were."""

from datetime import date, timedelta

import pytest

from serving.watch.policy import HEIGHT, MOST_DRAWN, WIDTH, Closed, precision, trends

DAY = date(2026, 6, 15)


def column(name, distance, *, drifted=False, usual=0.5):
    return {"name": name, "distance": distance, "usual": usual, "drifted": drifted}


def report(n, *columns):
    return DAY - timedelta(days=n), {"columns": columns}


def test_what_moved_is_drawn_after_the_score_and_before_what_is_only_heavy():
    found = trends(
        [report(0, column("a", 0.1), column("probability", 0.2), column("late", 0.9, drifted=True),
                column("heavy", 0.1)),
         report(7, column("a", 0.1), column("before", 0.8, drifted=True))],
        ["heavy"],
    )  # fmt: skip
    assert [one.feature for one in found] == ["probability", "late", "before", "heavy", "a"]


def test_a_course_goes_from_the_oldest_report_to_the_latest_inside_its_picture():
    (one,) = trends([report(0, column("a", 2.0)), report(7, column("a", None)), report(14, column("a", 0.0))])
    assert [point.on for point in one.points] == [DAY - timedelta(days=n) for n in (14, 7, 0)]
    assert one.last.distance == 2.0
    assert one.line == f"0.0,{HEIGHT - 2:.1f} {WIDTH:.1f},2.0"


def test_few_pictures_and_none_without_a_report():
    assert trends([]) == []
    assert len(trends([report(0, *(column(f"f{n}", 0.1) for n in range(40)))])) == MOST_DRAWN


@pytest.mark.parametrize(
    ("outcome", "left_after", "right", "false"),
    [
        ("plan_agreed", None, 1, 0),
        ("already_known", None, 1, 0),
        ("false_alarm", None, 0, 1),
        ("false_alarm", 27, 1, 1),
        ("other", 28, 0, 0),
        ("other", -1, 0, 0),
        ("unreachable", 0, 1, 0),
        (None, None, 0, 0),
    ],
)
def test_an_alert_is_right_when_confirmed_or_when_its_learner_left_in_time(outcome, left_after, right, false):
    left = None if left_after is None else DAY + timedelta(days=left_after)
    found = precision([Closed(DAY, outcome, left)], horizon_days=28)
    assert (found.right, found.false_alarms) == (right, false)


def test_precision_is_a_share_only_of_enough_alerts():
    alerts = [Closed(DAY, "plan_agreed"), *[Closed(DAY, "other")] * 18]
    assert precision(alerts, horizon_days=28).share is None
    assert precision([*alerts, alerts[0]], horizon_days=28).share == 0.1
