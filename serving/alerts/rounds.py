"""The daily round: what a score run, and the day itself, change in the alerts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from serving.alerts import grounds, kinds, life, policy, repository, sinking, steps
from serving.alerts.grounds import Ground
from serving.alerts.holding import OBJECTED, World
from serving.alerts.life import Wanted
from serving.alerts.policy import Candidate, Limits
from serving.effects import draws
from serving.learners.repository import week_before
from serving.quality import journal
from serving.quality.procedure.service import escalation_on
from serving.quality.repository import lock_head
from serving.settings import Settings
from serving.tables import Alert, HeldAlert, Roster, ScoreRun, SessionSignal

LONGEST_WAIT = timedelta(days=200)


@dataclass(frozen=True)
class Done:
    """How many alerts a round moved, and how."""

    woken: int = 0
    resolved: int = 0
    escalated: int = 0
    reopened: int = 0
    joined: int = 0
    held: int = 0
    opened: int = 0
    signals: int = 0
    objected: int = 0

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


def limits_of(settings: Settings) -> Limits:
    """Return what the organisation set."""
    return Limits(
        settings.alerts_per_week,
        settings.cooldown_days,
        settings.alert_lift,
        days=settings.working_days,
        fewest_days=settings.fewest_history_days,
    )


def day(session: Session, run: ScoreRun, *, now: datetime, settings: Settings, world: World) -> Done:
    """Do a day's work on the alerts, once for each run, and return what moved.

    In order: those put off come back; those whose learner objected close; those whose learner is back close; those
    untouched go to the course lead; then sessions that sink together, and alerts that reopen, join, are held or open.
    The first two and the fourth depend on the day alone. A run of an earlier day than one already looked at only opens:
    it knows less than what stands.
    """
    lock_head(session)
    lives = repository.live(session, until=run.as_of_on)
    woken = _wake(session, lives, run.as_of_on, now)
    objected = _withdraw(session, run, now, world)
    if repository.round_of(session, run.id) is not None:
        escalated = _escalate(session, run.as_of_on, now, settings, world)
        return Done(woken=woken, escalated=escalated, objected=objected)
    found = repository.candidates(session, run, before=week_before(session, run.as_of_on))
    latest = not repository.later_round(session, run.as_of_on)
    resolved = _resolve(session, found, run, now, settings) if latest else 0
    escalated = _escalate(session, run.as_of_on, now, settings, world)
    signals, low = _sink(session, found, run, now, settings, world) if latest else (0, frozenset[int]())
    done = _choose(session, found, run, now, settings, replace(world, sinking=low), latest=latest)
    repository.close_round(session, run.id, now=now, n_opened=done.opened)
    return replace(done, woken=woken, resolved=resolved, escalated=escalated, signals=signals, objected=objected)


def _choose(
    session: Session, found: list[Candidate], run: ScoreRun, now: datetime, settings: Settings, world: World,
    *, latest: bool,
) -> Done:  # fmt: skip
    limits, as_of = limits_of(settings), run.as_of_on
    known = replace(world, carriers=repository.carriers(session, as_of))
    past = repository.past(session, as_of=as_of, days=max(limits.cooldown_days, policy.HEARD_DAYS))
    lot = draws.lot_of(session, run) if latest else None
    chosen = policy.choose(found, past, as_of=as_of, limits=limits, world=known, lot=lot)
    reopened = [one for one in chosen.opened if one.reopens is not None and latest]
    opened = [one for one in chosen.opened if one.reopens is None]
    joined = chosen.joined if latest else []
    for one in reopened:
        grounds.reopen(session, _ground(session, run, one.candidate.enrolment_id)[0], one, now=now)
    for candidate, signals in joined:
        alert = repository.live_of(session, candidate.enrolment_id)
        if alert is not None:
            grounds.join(session, _ground(session, run, candidate.enrolment_id)[0], alert, signals, now=now)
    for held in chosen.held:
        row = HeldAlert(run_id=run.id, enrolment_id=held.candidate.enrolment_id, kind=held.kind,
                        reason=held.hold.reason, until_on=held.hold.until)  # fmt: skip
        repository.hold_back(session, row)
    for one in opened:
        grounds.open_alert(session, *_ground(session, run, one.candidate.enrolment_id), one, now=now)
    draws.keep(session, run, chosen.drawn, now=now)
    return Done(reopened=len(reopened), joined=len(joined), held=len(chosen.held), opened=len(opened))


def _wake(session: Session, lives: Iterable[Alert], as_of: date, now: datetime) -> int:
    due = [one for one in lives if one.state == life.SNOOZED and one.snoozed_until and one.snoozed_until <= as_of]
    for alert in due:
        steps.take(session, alert, Wanted(life.WOKEN), author_id=None, now=now, today=as_of)
    return len(due)


def _withdraw(session: Session, run: ScoreRun, now: datetime, world: World) -> int:
    """Close the alerts of learners who objected or withdrew their consent: nobody may look at them any more.

    Nothing is deleted; the journal says why. An alert that a mentor is in contact about closes too.
    """
    gone = [one for one in repository.live(session, until=run.as_of_on) if world.refuses(one.learner_id, "alerts")]
    for alert in gone:
        wanted = Wanted(life.DISMISSED, outcome="other")
        details: steps.Details = {"reason": OBJECTED, "run": run.key}
        steps.take(session, alert, wanted, author_id=None, now=now, today=run.as_of_on, details=details)
    return len(gone)


def _resolve(session: Session, found: list[Candidate], run: ScoreRun, now: datetime, settings: Settings) -> int:
    """Close the alerts whose learner is back; those whom a mentor is in contact with are theirs to close."""
    limits, mean = limits_of(settings), policy.mean_risk(found)
    known = {one.enrolment_id: one for one in found}
    resolved = 0
    for alert in repository.live(session, until=run.as_of_on):
        one = known.get(alert.enrolment_id)
        past = repository.as_past(alert)
        if alert.state == life.IN_CONTACT or one is None:
            continue
        if policy.is_back(one, past, as_of=run.as_of_on, limits=limits, mean=mean):
            wanted = Wanted(life.RESOLVED, outcome="back_on_track")
            steps.take(session, alert, wanted, author_id=None, now=now, today=run.as_of_on, details={"run": run.key})
            resolved += 1
    return resolved


def _escalate(session: Session, as_of: date, now: datetime, settings: Settings, world: World) -> int:
    """Send to the course lead what nobody has touched for some working days: the procedure in force says how many."""
    zone, escalated, longest = ZoneInfo(settings.timezone), 0, escalation_on(session, as_of, settings)
    for alert in repository.live(session, until=as_of):
        if alert.state != life.OPEN or alert.escalated_on is not None:
            continue
        since, moved_on = alert.reopened_on or alert.opened_on, alert.state_at.astimezone(zone).date()
        if moved_on <= as_of:
            since = max(since, moved_on)
        since = max(since, as_of - LONGEST_WAIT)
        waited = kinds.working_days(since, as_of, week=settings.working_days, closed=world.holidays)
        if waited >= longest:
            steps.take(session, alert, Wanted(life.ESCALATED), author_id=None, now=now, today=as_of)
            escalated += 1
    return escalated


def _sink(
    session: Session, found: list[Candidate], run: ScoreRun, now: datetime, settings: Settings, world: World
) -> tuple[int, frozenset[int]]:
    """Open a signal for each session that sinks together; return how many, and whose alerts the open ones stand for."""
    since = run.as_of_on - sinking.SIGNAL_LASTS
    told = repository.told_signals(session, since=since, until=run.as_of_on)
    known = {one.session_id for one in told}
    still_open = {one.session_id for one in told if one.closed_on is None and one.opened_on >= since}
    fresh, low = sinking.sink(found, known, still_open, limits=limits_of(settings), quiet=world.quiet)
    for session_id, sunk in fresh.items():
        _signal(session, run, session_id, sunk, now)
    return len(fresh), low


def _signal(session: Session, run: ScoreRun, session_id: str, sunk: sinking.Sunk, now: datetime) -> None:
    course_id = repository.course_of(session, session_id)
    signal = SessionSignal(
        run_id=run.id, session_id=session_id, course_id=course_id, opened_on=run.as_of_on, sinking=len(sunk.sinking),
        followed=sunk.followed, state=life.OPEN, state_at=now, word="",
    )  # fmt: skip
    repository.add_signal(session, signal)
    details: steps.Details = {"signal": signal.id, "session": session_id, "run": run.key, "sinking": len(sunk.sinking),
               "followed": sunk.followed}  # fmt: skip
    journal.append(session, "session_signal_opened", at=now, details=details)


def _ground(session: Session, run: ScoreRun, enrolment_id: int) -> tuple[Ground, Roster]:
    row = repository.scored(session, run.id, enrolment_id)
    model = f"{run.model_name} {run.model_version} ({run.level})"
    score, as_of = row.Score, run.as_of_on
    return Ground(run, as_of, as_of, model, score.probability, score.reasons, score.signals), row.Roster
