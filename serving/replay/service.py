"""A site's past replayed: read from the records, walked with the alerts' policy, judged by how learners ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from data.errors import StoreError
from serving.alerts.kinds import Rules
from serving.alerts.policy import Limits
from serving.replay import figures, policy, repository
from serving.replay.figures import Fate, Frame
from serving.replay.policy import OPEN_DAYS, Day

if TYPE_CHECKING:
    from collections.abc import Callable

    from data.home import Home
    from serving.alerts.holding import Carrier, Queue

EVER = date(1970, 1, 1)
ORDERS = {"no_login": policy.without_login, "model": policy.riskiest}
"""What the product is compared with, at its own budget: the rule « 14 days without login », and the model's risk."""


@dataclass(frozen=True)
class Asked:
    """What is replayed, and with what: the first and last day (null: all that can be), limits, rules."""

    limits: Limits
    rules: Rules = field(default_factory=Rules)
    first: date | None = None
    last: date | None = None
    open_days: int = OPEN_DAYS


@dataclass(frozen=True)
class Past:
    """What was read of a site: its days, how learners ended, and what cannot be replayed."""

    days: list[Day]
    fates: dict[int, Fate]
    data_end: date
    told: dict[str, Any]


def replay(
    home: Home, asked: Asked, *, carriers: Callable[[date], dict[Queue, Carrier]] = lambda _: {}
) -> dict[str, Any]:
    """Return what mentors would have received, what it was worth, and what plainer orders are worth; plain JSON.

    Raises
    ------
    ModelError : no model serves.
    StoreError : no session can be replayed.
    """
    return judged(read(home, asked, carriers=carriers), asked)


def read(home: Home, asked: Asked, *, carriers: Callable[[date], dict[Queue, Carrier]]) -> Past:
    """Read a site's past: only sessions that some model of the champion's run never saw.

    Raises
    ------
    ModelError, StoreError : as `replay`.
    """
    from data.store import RecordStore
    from serving.alerts.world import refusals_of
    from serving.scoring.champion import load_champion, load_unseen
    from serving.scoring.commands import last_known_day

    champion, end = load_champion(home), last_known_day(home)
    models, report = load_unseen(champion)
    definition, silence_days = str(report["abandonment"]), int(report["asked"]["silence_days"])
    last = min(asked.last or end, end)
    with RecordStore(home).connect() as con:
        begun = [one for one in repository.spans(con) if one[1] <= last]
        chosen = {name: model for name, on, _ in begun if (model := repository.unseen_by(models, on)) is not None}
        days = repository.read_days(
            con, chosen, first=asked.first or EVER, last=last, week=asked.limits.days,
            rules=asked.rules, carriers=carriers, refusals=refusals_of(home),
        )  # fmt: skip
        fates = repository.read_fates(con, definition, end, silence_days=silence_days)
    if not days:
        raise StoreError(
            "no session can be replayed", where=f"{len(begun)} sessions, all seen by the model in training",
            todo="import more sessions, or choose other days",
        )  # fmt: skip
    told = {
        "model": f"{champion.name} {champion.version} ({champion.metadata['level']})",
        "definition": report["definition"], "sessions": len(chosen), "sessions_left_out": len(begun) - len(chosen),
    }  # fmt: skip
    return Past(days, fates, end, told)


def judged(past: Past, asked: Asked) -> dict[str, Any]:
    """Walk a site's past and judge it."""
    frame = Frame(past.days, past.fates, past.data_end)
    walked = policy.walk(past.days, limits=asked.limits, open_days=asked.open_days)
    rest = asked.open_days + asked.limits.cooldown_days
    others = {name: policy.spend(past.days, wish, walked.given, rest_days=rest) for name, wish in ORDERS.items()}
    weights = figures.draws(len(frame.enrolments()))
    known = [past.fates[number] for number in frame.enrolments()]
    return {
        **past.told,
        "from": past.days[0].as_of.isoformat(), "to": past.days[-1].as_of.isoformat(),
        "data_end": past.data_end.isoformat(), "days": len(past.days), "open_days": asked.open_days,
        "capacity": asked.limits.capacity, "cooldown_days": asked.limits.cooldown_days,
        "mentors": len({queue for queue, _ in frame.weeks()}),
        "enrolments": len(known), "abandoned": sum(one.abandoned_on is not None for one in known),
        "recorded": sum(one.recorded for one in known), "completed": sum(one.completed for one in known),
        "by_chance_28d": figures.by_chance(frame),
        "product": figures.figures(walked.given, frame, weights),
        "closed": dict(sorted(walked.closed.items())), "held": dict(sorted(walked.held.items())),
        "joined": dict(sorted(walked.joined.items())),
        "reopened": sum(one.reopened for one in walked.given),
        "by_kind": figures.by_kind(walked.given, frame),
        "others": {name: figures.figures(given, frame, weights) for name, given in others.items()},
        "product_less": {name: figures.compared(walked.given, given, frame, weights) for name, given in others.items()},
    }  # fmt: skip
