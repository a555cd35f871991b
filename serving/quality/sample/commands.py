"""`filrouge quality sample`: the auditor's sample from the terminal."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.commands import Json, clock_of, show, work

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from serving.quality.sample.chains import Chain
    from serving.quality.sample.policy import Wish
    from serving.quality.sample.service import Draw
    from serving.settings import Settings


def sample(
    n: Annotated[int, typer.Option("-n", min=1, max=200, help="How many enrolments to draw.")] = 10,
    seed: Annotated[int | None, typer.Option(min=0, help="The seed. Default: today, as 20260615.")] = None,
    from_on: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day. Default: 364 days before.")
    ] = None,
    until_on: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day. Default: today.")
    ] = None,
    alerted: Annotated[bool, typer.Option("--alerted", help="Only enrolments with an alert on these days.")] = False,
    names: Annotated[bool, typer.Option("--names", help="With the learners' names.")] = False,
    as_json: Json = False,
) -> None:
    """Draw enrolments at random by a seed and tell each one's chain; the draw is written in the journal."""
    from serving.quality.sample import service
    from serving.sources import StoreRecords

    with work(write=True) as (session, settings):
        wish = _wish(n, seed, _day(from_on), _day(until_on), clock_of(settings).today(), alerted=alerted)
        drawn = service.draw(session, StoreRecords(settings.folder), wish)
        entry = service.write_down(session, drawn, now=clock_of(settings).now(), author_id=None)
        found = _chains(session, settings, drawn, names=names)
        result = _plain(drawn, found) | {"entry": entry.seq, "seal": entry.hash}
    show(result, "\n".join(_lines(result)), as_json=as_json)


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


def _wish(n: int, seed: int | None, from_on: date | None, until_on: date | None, today: date, *, alerted: bool) -> Wish:
    """Return the draw asked for.

    Raises
    ------
    FilrougeError : the seed or the days are not accepted.
    """
    from serving.forms import accept
    from serving.quality.sample import policy
    from serving.quality.sample.schemas import WantedDraw

    until = until_on or today
    wanted = accept(
        WantedDraw,
        {
            "n": n,
            "seed": policy.seed_of(today) if seed is None else seed,
            "from_on": from_on or policy.days_until(until)[0],
            "until_on": until,
            "alerted": alerted,
        },
    )
    wanted.check(today)
    return wanted.wish()


def _chains(session: Session, settings: Settings, drawn: Draw, *, names: bool) -> list[Chain]:
    from serving.quality.sample.chains import chains
    from serving.quality.scope import scope_of

    today = clock_of(settings).today()
    days = (drawn.wish.from_on, drawn.wish.until_on)
    return chains(scope_of(session, settings, days, today, names=names), drawn.drawn)


def _plain(drawn: Draw, found: list[Chain]) -> dict[str, Any]:
    from serving.quality.sample.policy import mark_of

    wish = drawn.wish
    return {
        "seed": wish.seed,
        "from": wish.from_on.isoformat(),
        "until": wish.until_on.isoformat(),
        "alerted": wish.alerted,
        "frame": drawn.frame,
        "frame_digest": drawn.digest,
        "courses_left_out": list(drawn.exempt),
        "drawn": [
            {
                "enrolment_id": str(one.enrolment_id),
                "learner": one.learner,
                "session": one.session,
                "mark": mark_of(wish.seed, one.enrolment_id),
                "alerts": [_alert(alert) for alert in one.alerts],
                "actions": one.n_actions,
                "appointments": [_meeting(meeting) for meeting in one.appointments],
                "said": one.said,
            }
            for one in found
        ],
    }


def _alert(alert: Any) -> dict[str, Any]:
    steps = [{"entry": step.number, "at": step.at.isoformat(), "step": step.event, "author": step.author,
              "seal": step.seal} for step in alert.steps]  # fmt: skip
    return {"alert": alert.number, "state": alert.state, "actions": alert.n_actions, "said": alert.said,
            "steps": steps}  # fmt: skip


def _meeting(one: Any) -> dict[str, Any]:
    return {"at": one.at.isoformat(), "kind": one.kind, "channel": one.channel, "state": one.state, "alert": one.alert}


def _lines(result: dict[str, Any]) -> list[str]:
    head = (
        f"{len(result['drawn'])} drawn among {result['frame']} enrolments, seed {result['seed']}, "
        f"from {result['from']} to {result['until']} (entry {result['entry']} of the journal)"
    )
    lines = [
        f"{number:>4}  {one['mark'][:12]}  {one['enrolment_id']:<20} {one['learner']:<18} "
        f"{len(one['alerts'])} alerts, {one['actions']} actions  {one['said']}".rstrip()
        for number, one in enumerate(result["drawn"], 1)
    ]
    return [head, *lines]
