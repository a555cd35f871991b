"""Which version serves: a verdict from figures, and a person's name. A version is never promoted by itself.

A first model, or one that takes the place of unmeasured rules, serves at once (`registry.alias_of_new`); any other
waits as challenger until somebody promotes it. The verdict is a pure function of what `training/duel.py` measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data.errors import ModelError
from data.home import Home
from training import history, registry
from training.bootstrap import Interval
from training.duel import Duel, Terms, fight, terms_of
from training.history import DISMISSED, PROMOTED, RECALLED, ROLLED_BACK, TRAINED, Act, stamp

BETTER, AS_GOOD, WORSE, APART, FIRST = "better", "as good", "worse", "cannot be compared", "nothing to compare with"
MAY_BE_WORSE = "may be worse"
FEWEST = 5
"""Fewer rows than this of either label compare nothing."""
BRIER_SHARE, ECE_MARGIN, ALERTS_SHARE, GAP_MARGIN = 0.01, 0.005, 0.10, 0.05
"""A loss must be sure (its interval above zero) and large enough to matter: of the Brier score by 1 % of the
champion's, of the ECE by .005, of alerts per mentor by 10 %, of the difference between groups by .05."""
PR_AUC_SHARE = 0.10
"""As good: the challenger's PR-AUC is lower by less than 10 % of the champion's at the interval's worst end. Where the
rows are too few to exclude such a loss, the verdict is that it may be worse."""


@dataclass(frozen=True)
class Verdict:
    """What the gate says of a challenger, and why, in sentences."""

    word: str
    because: tuple[str, ...]

    @property
    def allowed(self) -> bool:
        """Whether a name is enough; otherwise a reason is asked for too."""
        return self.word in (BETTER, AS_GOOD, FIRST)


def verdict(champion: Terms, challenger: Terms, duel: Duel | None) -> Verdict:
    """Return better, as good, may be worse, worse, or cannot be compared.

    Parameters
    ----------
    duel : both on the same rows; None where no row could be read by both. Differences are challenger less champion.
    """
    apart = _apart(champion, challenger, duel)
    if apart or duel is None:
        return Verdict(APART, tuple(apart))
    lost = _losses(duel)
    gain = duel.differences["pr_auc"]
    told = (
        f"PR-AUC {gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f}) on {duel.n} rows, {duel.n_positive} of leavers"
    )
    if lost:
        return Verdict(WORSE, (told, *lost))
    if gain.above_zero:
        return Verdict(BETTER, (told,))
    margin = PR_AUC_SHARE * duel.champion["pr_auc"].value
    least = f"the PR-AUC may be lower by {max(0.0, -gain.low):.4f}, and {margin:.4f} is the most that is let through"
    if not gain.low > -margin:
        return Verdict(
            MAY_BE_WORSE, (f"{told}: the two cannot be told apart, on too few rows to exclude a loss", least)
        )
    return Verdict(AS_GOOD, (f"{told}: the two cannot be told apart", least, _perhaps(duel)))


def _perhaps(duel: Duel) -> str:
    """How much worse the probabilities and the lists could be, at the interval's worst end."""
    brier, ece, found = (duel.differences[name] for name in ("brier", "ece", "recall_at_capacity"))
    return (
        f"at worst its Brier score is {max(0.0, brier.high):.4f} higher, its calibration error {max(0.0, ece.high):.4f}"
        f" higher, and its share of leavers alerted {max(0.0, -found.low):.3f} lower"
    )


def _apart(champion: Terms, challenger: Terms, duel: Duel | None) -> list[str]:
    """Why two versions cannot be compared; none when they can."""
    out = _other_terms(champion, challenger)
    if not out and duel is None:
        out.append("no test row of the challenger can be read by both")
    elif not out and duel is not None and min(duel.n_positive, duel.n - duel.n_positive) < FEWEST:
        out.append(f"only {duel.n_positive} rows of leavers and {duel.n - duel.n_positive} others in common")
    return out


def _other_terms(champion: Terms, challenger: Terms) -> list[str]:
    """What the two do not predict alike, or that was never measured."""
    pairs = (
        ("task", champion.task, challenger.task),
        ("definition of abandonment", champion.definition, challenger.definition),
        ("horizon in days", str(champion.horizon_days), str(challenger.horizon_days)),
    )
    out = [f"another {what}: {one} against {other}" for what, one, other in pairs if one != other]
    return out if challenger.measured else [*out, "the challenger was measured on no test row of this site"]


def _losses(duel: Duel) -> list[str]:
    """What the challenger surely does worse."""
    found, was = duel.differences, duel.champion
    out = []
    if found["pr_auc"].high < 0:
        out.append("its PR-AUC is lower by an interval below zero")
    if _grows(found["brier"], BRIER_SHARE * was["brier"].value):
        out.append(f"its Brier score is higher by {found['brier'].value:.4f}")
    if _grows(found["ece"], ECE_MARGIN):
        out.append(f"its calibration error is higher by {found['ece'].value:.4f}")
    if _grows(found["alerts_per_list"], ALERTS_SHARE * was["alerts_per_list"].value):
        out.append(f"it gives each mentor {found['alerts_per_list'].value:.2f} alerts more each time")
    for name, change in duel.gaps.items():
        if _grows(change, GAP_MARGIN):
            out.append(f"the difference between groups widens by {change.value:.3f}: {name}")
    return out


def _grows(change: Interval, margin: float) -> bool:
    return change.above_zero and change.value > margin


def first_act(made: registry.Registered, champion: registry.Registered | None, now: datetime) -> Act | None:
    """Return the act of a version that became champion by itself; None for a challenger."""
    if registry.CHAMPION not in made.aliases:
        return None
    why = "no measured version served before"
    return Act(
        TRAINED, made.version, champion.version if champion else None, "filrouge train", stamp(now), FIRST, (why,)
    )


def weigh(
    home: Home, champion: registry.Registered | None, challenger: registry.Registered
) -> tuple[Verdict, Duel | None]:
    """Measure two versions on the challenger's test rows, and judge."""
    if champion is None or not champion.measured:
        return Verdict(FIRST, ("no measured version serves",)), None
    terms = terms_of(home, champion), terms_of(home, challenger)
    duel = None if _other_terms(*terms) else fight(home, champion, challenger)
    return verdict(*terms, duel), duel


def promote(home: Home, model: str, *, by: str, despite: str | None, now: datetime, asked: Asked | None = None) -> Act:
    """Make a version champion, in a person's name, once the gate was asked; return what was kept of it.

    Parameters
    ----------
    model : name (its challenger), name/version or name@alias.
    despite : why, where the gate says worse, may be worse, or cannot compare.
    asked : what the gate said before of these very versions; measured again for others, or without.

    Raises
    ------
    ModelError : no such version, no name, already champion, or a reason is asked for.
    """
    name = _name(by)
    challenger = registry.find(home, model, bare=registry.CHALLENGER)
    champion = registry.with_alias(home, challenger.name, registry.CHAMPION)
    if champion == challenger:
        raise ModelError("it serves already", where=f"{challenger.name}/{challenger.version}")
    found, figures = asked_of(asked, champion, challenger) or _ask(home, champion, challenger)
    if not found.allowed and not (despite or "").strip():
        raise ModelError(
            f"the gate says: {found.word}",
            where="; ".join(found.because),
            todo='to promote it all the same, add --despite "the reason", which is kept',
        )
    act = Act(
        PROMOTED, challenger.version, champion.version if champion else None, name, stamp(now), found.word,
        found.because, (despite or "").strip(), figures,
    )  # fmt: skip
    _carry_out(home, challenger, act)
    return act


@dataclass(frozen=True)
class Asked:
    """What the gate said of a challenger beside the champion of that day (None: none), and its figures."""

    champion: str | None
    challenger: str
    verdict: Verdict
    figures: dict[str, Any]


def asked_of(
    asked: Asked | None, champion: registry.Registered | None, challenger: registry.Registered
) -> tuple[Verdict, dict[str, Any]] | None:
    """Return what the gate said, None when it was of other versions."""
    pair = champion.version if champion else None, challenger.version
    return (asked.verdict, asked.figures) if asked and (asked.champion, asked.challenger) == pair else None


def _ask(
    home: Home, champion: registry.Registered | None, challenger: registry.Registered
) -> tuple[Verdict, dict[str, Any]]:
    found, duel = weigh(home, champion, challenger)
    return found, duel.as_dict() if duel else {}


def dismiss(home: Home, name: str, *, by: str, why: str, now: datetime) -> Act:
    """Let no version wait any more, in a person's name; it stays in the registry, and `recall` undoes it.

    Raises
    ------
    ModelError : none waits, or no name.
    """
    one = registry.find(home, f"{name}@{registry.CHALLENGER}")
    act = Act(DISMISSED, one.version, _serves(home, name), _name(by), stamp(now), reason=why.strip())
    history.append(home, name, act)
    registry.take_challenger(home, one)
    return act


def recall(home: Home, model: str, *, by: str, now: datetime) -> Act:
    """Make a version wait as challenger again, in a person's name.

    Raises
    ------
    ModelError : no such version, it serves, another waits, or no name.
    """
    one = registry.find(home, model)
    waits = registry.with_alias(home, one.name, registry.CHALLENGER)
    if registry.CHAMPION in one.aliases or waits is not None:
        what = "it serves already" if waits is None else "a challenger waits already"
        raise ModelError(what, where=f"{one.name}/{(waits or one).version}")
    act = Act(RECALLED, one.version, _serves(home, one.name), _name(by), stamp(now))
    history.append(home, one.name, act)
    registry.give_challenger(home, one)
    return act


def _serves(home: Home, name: str) -> str | None:
    champion = registry.with_alias(home, name, registry.CHAMPION)
    return champion.version if champion else None


def rollback(home: Home, name: str, *, by: str, why: str, now: datetime) -> Act:
    """Give the champion's alias back to the version that served before.

    Raises
    ------
    ModelError : nothing serves, or nothing served before.
    """
    champion = registry.find(home, name)
    if registry.CHAMPION not in champion.aliases:
        raise ModelError(
            "it does not serve: there is nothing to take back", where=f"{champion.name}/{champion.version}",
            accepted="a model's name",
        )  # fmt: skip
    before = _before(home, champion)
    if before is None:
        raise ModelError("no version served before this one", where=f"{champion.name}/{champion.version}")
    act = Act(ROLLED_BACK, before.version, champion.version, by.strip(), stamp(now), reason=why.strip())
    _carry_out(home, before, act)
    return act


def _before(home: Home, champion: registry.Registered) -> registry.Registered | None:
    """The version that served before; where no history was kept yet, each version served from the day it was made."""
    every, acts = registry.versions(home, champion.name), history.read(home, champion.name).acts
    if acts:
        version = history.served_before(acts, champion.version)
        return next((one for one in every if one.version == version), None)
    return next((one for one in every if int(one.version) < int(champion.version)), None)


def _carry_out(home: Home, one: registry.Registered, act: Act) -> None:
    """Write the act, then change who serves: an act that was not carried out shows, the reverse would not."""
    history.append(home, one.name, act)
    tags = {f"{act.action}_by": act.by, f"{act.action}_at": act.at, "verdict": act.verdict, "reason": act.reason}
    registry.give_alias(home, one, {key: value for key, value in tags.items() if value})


def _name(by: str) -> str:
    if not by.strip():
        raise ModelError("a promotion bears a person's name", where="--by", accepted='--by "First Last"')
    return by.strip()


def told(act: Act, name: str) -> str:
    """Return an act in one sentence."""
    who = f" by {act.by}" if act.by else ""
    verdict_said = f" The gate said: {act.verdict} ({'; '.join(act.because)})." if act.verdict else ""
    reason = f" Reason given: {act.reason}." if act.reason else ""
    instead = f" in the place of version {act.before}" if act.before and act.action in history.SERVING else ""
    said = {
        TRAINED: "serves since it was trained", PROMOTED: "promoted", ROLLED_BACK: "serves again (roll-back)",
        DISMISSED: "set aside: it waits no more", RECALLED: "waits again as challenger",
    }  # fmt: skip
    return f"{act.at}: {name} {act.version} {said[act.action]}{who}{instead}.{verdict_said}{reason}"
