"""What the daily run and the pages ask of training about a challenger: plain values in, plain values out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from data.errors import ModelError
from data.home import Home
from data.progress import Report
from training import history, promotion, registry
from training.ladder import Options
from training.pipeline import train
from training.promotion import Asked, Verdict

NAME = registry.model_name(registry.DEFAULT_TASK)


def train_challenger(home: Home, today: date, report: Report, *, options: Options | None = None) -> str:
    """Train on what was known before a day; return the version that waits since, empty where none does."""
    result = train(home, until=today - timedelta(days=1), options=options, report=report)
    waits = registry.with_alias(home, NAME, registry.CHALLENGER)
    return result.version if waits is not None and waits.version == result.version else ""


def weigh_challenger(home: Home, version: str) -> dict[str, Any]:
    """Return what the gate says of a version beside the one that serves: champion, word, allowed, because, figures."""
    champion, challenger = registry.with_alias(home, NAME, registry.CHAMPION), registry.find(home, f"{NAME}/{version}")
    found, duel = promotion.weigh(home, champion, challenger)
    return {
        "champion": champion.version if champion else None, "challenger": challenger.version, "word": found.word,
        "allowed": found.allowed, "because": list(found.because), "figures": duel.as_dict() if duel else {},
    }  # fmt: skip


def promote_challenger(home: Home, version: str, by: str, reason: str, gate: dict[str, Any], now: datetime) -> str:
    """Make the challenger that waits serve, in a person's name; return the version that serves.

    Raises
    ------
    ModelError : it does not wait any more, or the gate asks for a reason.
    """
    _waiting(home, version)
    asked = None
    if gate:
        verdict = Verdict(gate["word"], tuple(gate["because"]))
        asked = Asked(gate["champion"], gate["challenger"], verdict, gate["figures"])
    act = promotion.promote(home, f"{NAME}/{version}", by=by, despite=reason, now=now, asked=asked)
    return act.version


def dismiss_challenger(home: Home, version: str, by: str, reason: str, _: dict[str, Any], now: datetime) -> str:
    """Set the challenger that waits aside, in a person's name; return the version that serves.

    Raises
    ------
    ModelError : it does not wait any more.
    """
    _waiting(home, version)
    return promotion.dismiss(home, NAME, by=by, why=reason, now=now).before or ""


def recall_challenger(home: Home, version: str, by: str, _: str, __: dict[str, Any], now: datetime) -> str:
    """Make a version wait again, in a person's name; return the version that serves.

    Raises
    ------
    ModelError : another waits, or it serves.
    """
    return promotion.recall(home, f"{NAME}/{version}", by=by, now=now).before or ""


def acts_on_challenger(home: Home, name: str) -> list[dict[str, Any]]:
    """Return the acts of a model's history, oldest first: who served, waited or was set aside, and who decided it."""
    return [asdict(act) for act in history.read(home, name).acts]


def _waiting(home: Home, version: str) -> None:
    one = registry.with_alias(home, NAME, registry.CHALLENGER)
    if one is None or one.version != version:
        raise ModelError("this version waits no more", where=f"{NAME}/{version}", todo="filrouge models list")
