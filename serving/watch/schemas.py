"""What programs are told of the watch: codes and figures, nobody's data."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel


class Moved(BaseModel):
    """A feature that moved: its distance from earlier sessions in the same weeks, and what is usual between them."""

    feature: str
    distance: float | None
    usual: float | None
    chance: float | None
    missing_reference: float
    missing_current: float


class CourseWatched(BaseModel):
    """The drift of one course."""

    course_id: str
    verdict: str
    enrolments: int
    moved: int


class SourceWatched(BaseModel):
    """How fresh one kind of record is: fresh, slow, quiet, not_enough_data; local hours."""

    kind: str
    state: str
    last_at: datetime | None
    sources: list[str]


class FigureWatched(BaseModel):
    """A figure, with its interval where there is one."""

    value: float
    low: float | None
    high: float | None


class PerformanceWatched(BaseModel):
    """What labels (or, for `estimate`, the probabilities themselves) say of the scores."""

    of: str
    horizon_days: int
    n: int
    n_positive: float
    n_sessions: int
    figures: dict[str, FigureWatched]


class GroupWatched(BaseModel):
    """How the scores turned out for one course, or one group of learners.

    `hidden`: fewer than five people, or a group that would give a smaller one away: nothing is told of it. Without
    figures: too few labels.
    """

    by: str
    name: str
    hidden: bool
    people: int | None
    n: int | None
    figures: dict[str, FigureWatched]


class HoldOutWatched(BaseModel):
    """The scores of those whom the lot at the threshold put second and nobody contacted: they alone, near a threshold.

    `second` of them were drawn, `over` have their label, `contacted` of these were contacted all the same.
    """

    on: bool
    second: int
    over: int
    contacted: int
    n: int
    low: float | None
    high: float | None
    figures: dict[str, FigureWatched]


class PointWatched(BaseModel):
    """A feature in one day's report."""

    on: date
    distance: float | None
    usual: float | None
    drifted: bool


class TrendWatched(BaseModel):
    """A feature over the reports kept, the oldest first."""

    feature: str
    points: list[PointWatched]


class WatchTold(BaseModel):
    """What the watch says: what to do with the model, why, and what that rests on."""

    as_of_on: date
    model: str
    level: str
    action: str
    reasons: list[str]
    drift: str
    columns: int
    moved: list[Moved]
    courses: list[CourseWatched]
    sources: list[SourceWatched]
    performance: list[PerformanceWatched]
    groups: list[GroupWatched]
    holdout: HoldOutWatched | None
    trends: list[TrendWatched]
    days: list[date]
