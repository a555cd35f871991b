"""A day of the challenger: trained where the watch asks, scored in the shadow, put to a person; then their decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from data.errors import ModelError
from data.home import Home
from data.progress import Report
from data.store import RecordStore
from serving import keys
from serving.challengers import evidence, policy, reports, shadow
from serving.challengers.rooms import Rooms, handed, is_handed
from serving.challengers.schemas import DISMISSED, PROMOTED, RECALLED, SERVES, UNSEEN, WAITS, Panel
from serving.database import Database
from serving.notifications.planning import ask_scientists
from serving.problems import ChangedError
from serving.quality import journal
from serving.scoring.champion import ALIAS, CHALLENGER, MODEL_NAME, aliases, load_champion
from serving.settings import Settings
from serving.watch.reports import watch_reports

NOTHING_NEW = "nothing_new"
"""A training was tried, and made no version that waits: too little history, or the same records as before."""


@dataclass(frozen=True)
class Morning:
    """What a day's work on the challenger needs."""

    settings: Settings
    database: Database
    today: date
    now: datetime
    report: Report

    @property
    def home(self) -> Home:
        """The folder where everything lives."""
        return self.settings.folder


def day(one: Morning) -> dict[str, Any]:
    """Do the day's part: train if it is asked for, score the challenger that waits, ask a person once.

    Returns
    -------
    `decision` (codes of `policy`), and where a challenger waits its `version`, `standing`, `lists` and `asked`.
    """
    if is_handed():  # a server started without what trains decides nothing, and cannot read who decided
        with one.database.write() as session:
            evidence.catch_up(session, one.home, MODEL_NAME, now=one.now)
    if one.settings.challenger == policy.OFF:
        return {"decision": policy.OFF}
    found = _watched(one)
    decision = policy.train_today(_situation(one, found))
    if decision == policy.TRAIN:
        decision = _train(one, handed(), found)
    waits = aliases(one.home).get(CHALLENGER)
    return {"decision": decision, **(_in_the_shadow(one, handed(), waits) if waits else {})}


def _watched(one: Morning) -> dict[str, Any]:
    """Return the watch's verdict of that very day; empty where there is none."""
    told = watch_reports(one.home.reports / "watch", until=one.today)[:1]
    found: dict[str, Any] = told[0]["verdict"] if told and told[0]["as_of"] == one.today.isoformat() else {}
    return found


def _situation(one: Morning, found: dict[str, Any]) -> policy.Situation:
    return policy.Situation(
        one.settings.challenger, one.today, waits=CHALLENGER in aliases(one.home),
        measured=load_champion(one.home).metadata.get("measured") is not False,
        action=found.get("action", ""), reasons=found.get("reasons", ()),
        trained_on=reports.last_trained_on(one.home), floor_days=one.settings.challenger_days,
    )  # fmt: skip


def _train(one: Morning, rooms: Rooms, found: dict[str, Any]) -> str:
    """Train; write down that it was tried, and what waits since."""
    version = rooms.train(one.home, one.today, one.report)
    reports.write(one.home, reports.TRIED, {"on": one.today.isoformat()})
    if not version:
        return NOTHING_NEW
    reports.write(one.home, version, _newcomer(version, on=one.today, why=found))
    with one.database.write() as session:
        details: journal.Details = {"model": MODEL_NAME, "version": version, "watch": found["action"]}
        journal.append(session, "challenger_trained", at=one.now, details=details)
    return policy.TRAIN


def _newcomer(version: str, *, on: date | None = None, why: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what is kept of a version of which nothing is known yet; without a reason, a person trained it."""
    return {
        "model": MODEL_NAME, "version": version, "beside": "", "trained_on": on.isoformat() if on else None,
        "why": why or {}, "gate": {}, "lists": [], "labels": {}, "standing": policy.WAITING, "asked_on": None,
        "decision": None,
    }  # fmt: skip


def _in_the_shadow(one: Morning, rooms: Rooms, version: str) -> dict[str, Any]:
    """Score the roster by the challenger too, compare, judge what matured, and ask a person when it is time."""
    told = reports.read(one.home, version) or _newcomer(version)
    champion, challenger = load_champion(one.home), load_champion(one.home, alias=CHALLENGER)
    if told["gate"].get("champion") != champion.version:
        told["gate"] = rooms.weigh(one.home, version)
    scored = shadow.score_shadow(
        RecordStore(one.home), challenger, champion, as_of=one.today, report=one.report
    )  # fmt: skip
    shadow.keep(scored, one.home.scored)
    told |= {"beside": champion.version, "level": challenger.metadata["level"], "decision": None}
    told["lists"] = [row for row in told["lists"] if row["as_of"] != one.today.isoformat()] + [_compared(one, scored)]
    told["labels"] = rooms.judge(one.home, (shadow.told(champion), shadow.told(challenger)), one.today)
    known = _known(told)
    told["standing"] = policy.standing(known)
    if policy.ask_now(known):
        _ask(one, told)
    reports.write(one.home, version, told)
    return {"version": version, "standing": told["standing"], "lists": known.lists, "asked": bool(told["asked_on"])}


def _compared(one: Morning, scored: shadow.ShadowList) -> dict[str, Any]:
    found = policy.agreement(scored.ranks(), one.settings.alerts_per_week)
    return {
        "as_of": one.today.isoformat(), "beside": scored.champion.version, "n": len(scored.frame),
        **vars(found), "share": found.share,
    }  # fmt: skip


def _known(told: dict[str, Any]) -> policy.Shadow:
    """Return what the policy reads; labels of the model's own horizon are worth more than the short ones."""
    lists = sum(row["beside"] == told["beside"] for row in told["lists"])
    found = [told["labels"].get(name, {}).get("differences", {}).get("roc_auc") for name in ("horizon", "short")]
    gain = next(((one["low"], one["high"]) for one in found if one and one["low"] is not None), None)
    return policy.Shadow(lists, bool(told["gate"]["allowed"]), gain, told=told["asked_on"] is not None)


def _ask(one: Morning, told: dict[str, Any]) -> None:
    """Write to the data scientists, once a version, that it waits for them."""
    with one.database.write() as session:
        written = ask_scientists(
            session, f"{MODEL_NAME}/{told['version']}", now=one.now, zone=ZoneInfo(one.settings.timezone)
        )
    told["asked_on"] = one.today.isoformat() if written else None


def panel(home: Home) -> Panel | None:
    """Return the challenger that waits, or the last one decided on; None where there is nothing to show.

    Of one that no daily run has looked at, only that it waits is known.
    """
    kept, known = reports.kept(home), aliases(home)
    waits, serves = known.get(CHALLENGER, ""), known.get(ALIAS, "")
    if waits and waits not in kept:
        return Panel(UNSEEN, {"version": waits, "lists": []}, serves)
    shown = waits or next(iter(kept), "")
    told = reports.read(home, shown) if shown else None
    if told is None:
        return None
    dismissed = (told["decision"] or {}).get("what") == DISMISSED
    state = WAITS if shown == waits else SERVES if shown == serves else DISMISSED if dismissed and not waits else ""
    return Panel(state, told, serves) if state else None


@dataclass(frozen=True)
class Deed:
    """A person's decision on a version; `reason` stays in the model's history, the journal has a digest of it."""

    what: str
    version: str
    by: str
    account_id: int
    reason: str = ""


def carry_out(session: Session, home: Home, deed: Deed, *, key: bytes, now: datetime) -> str:
    """Carry a decision out and write it in the journal; return the version that serves.

    Raises
    ------
    ChangedError : the version is not where the page showed it any more.
    NotReadyError : nothing can promote here.
    """
    rooms = handed()
    told = reports.read(home, deed.version)
    if told is None:
        raise ChangedError("nothing is known of this version")
    details: journal.Details = {"model": MODEL_NAME, "version": deed.version, "before": aliases(home).get(ALIAS, "")}
    if deed.reason:
        details = {**details, "reason_digest": keys.digest(key, "challenger", deed.reason)}
    journal.append(session, f"challenger_{deed.what}", at=now, author_id=deed.account_id, details=details)
    act = {PROMOTED: rooms.promote, DISMISSED: rooms.dismiss, RECALLED: rooms.recall}[deed.what]
    try:
        serves = act(home, deed.version, deed.by, deed.reason, told["gate"], now)
    except ModelError as error:
        raise ChangedError(error.what, where=error.where) from error
    decision = None if deed.what == RECALLED else {"what": deed.what, "on": now.date().isoformat()}
    reports.write(home, deed.version, told | {"decision": decision})
    return serves
