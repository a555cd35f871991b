"""`filrouge models`: the registered versions, which one serves, and who decided it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import ModelError
from data.home import Home

if TYPE_CHECKING:
    from training.duel import Duel
    from training.history import Act, History
    from training.registry import Registered

models_app = typer.Typer(help="Registered models: list, show, compare, promote, roll back.", no_args_is_help=True)
WITNESSES: list[Callable[[Home, str], object]] = []
"""Each is told that a model's history has one act more: the front door has the evidence journal write it down."""
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Model = Annotated[str, typer.Argument(help="name, name/version or name@alias; a bare name is the one that serves")]
WORDS = {
    "pr_auc": "PR-AUC",
    "roc_auc": "ROC AUC",
    "brier": "Brier score",
    "ece": "calibration error (ECE)",
    "precision_at_capacity": "precision of the alerts",
    "recall_at_capacity": "share of leavers' rows alerted",
    "alerts_per_list": "alerts a mentor, each time",
}


def _home() -> Home:
    return Home.from_environment().prepare()


@models_app.command("list")
def list_models(as_json: Json = False) -> None:
    """List the registered versions, newest first; * marks the one that serves, ? the one that waits."""
    from training.registry import role_of, versions

    found = versions(_home())
    if as_json:
        typer.echo(json.dumps({"models": [_plain(one) for one in found]}))
        return
    for one in found:
        mark = {"champion": "*", "challenger": "?"}.get(role_of(one), " ")
        words = [one.tags.get(name, "") for name in ("level", "task")] + ["" if one.measured else "not measured"]
        typer.echo(f"{mark} {one.name}/{one.version}  {'  '.join(word for word in words if word)}")
    if not found:
        typer.echo("no model yet: run `filrouge train`")


@models_app.command("show")
def show_model(model: Model = "filrouge", as_json: Json = False) -> None:
    """Show one version: its card and the model's history; with --json its tags, history and whole report."""
    from training import history
    from training.registry import find, report_folder, report_of

    home = _home()
    one = find(home, model)
    acts = history.read(home, one.name)
    if as_json:
        told = _plain(one) | {"history": [asdict(act) for act in acts.acts], "history_intact": acts.intact}
        typer.echo(json.dumps(told | {"report": report_of(home, one)}))
        return
    typer.echo(_card(report_folder(home, one), "card", "en"))
    typer.echo("\n".join(_history(one, acts)))


def _history(one: Registered, acts: History) -> list[str]:
    """The model's history in sentences, under its card."""
    from training.promotion import told
    from training.registry import role_of

    place = {"champion": "It serves.", "challenger": "It waits as challenger."}.get(role_of(one), "It does not serve.")
    out = ["## Who serves", f"{one.name} {one.version}: {place}"]
    out += [f"- {told(act, one.name)}" for act in acts.acts] or ["- No change was written down yet."]
    return (
        out if acts.intact else [*out, "This history was changed by hand: a line does not follow from the one before."]
    )


@models_app.command("card")
def show_card(
    model: Model = "filrouge",
    lang: Annotated[str, typer.Option(help="fr or en.")] = "fr",
    data: Annotated[bool, typer.Option("--data", help="The data sheet rather than the model's card.")] = False,
) -> None:
    """Show a version's card, or the data sheet of what it was trained on, in French or English (Markdown)."""
    from training.registry import find, report_folder
    from training.words import words

    words(lang)
    home = _home()
    folder = report_folder(home, find(home, model))
    typer.echo(_card(folder, "data_sheet" if data else "card", lang))


def _card(folder: Path, name: str, lang: str) -> str:
    """A card as its run wrote it; runs made before there were two languages wrote `card.md`."""
    paths = folder / f"{name}.{lang}.md", folder / "card.md"
    found = next((path for path in paths if path.exists()), None)
    if found is None:
        raise ModelError("this version has no such card", where=f"{name}.{lang}.md", todo="train it again")
    return found.read_text(encoding="utf-8")


@models_app.command("compare")
def compare_models(
    first: Annotated[str, typer.Argument(help="name/version or name@alias")],
    second: Annotated[str, typer.Argument(help="its test rows are read by both")],
    as_json: Json = False,
) -> None:
    """Compare two versions on the same rows: those that the second was tested on and never saw."""
    from training.promotion import weigh
    from training.registry import find

    home = _home()
    one, other = find(home, first), find(home, second)
    verdict, duel = weigh(home, one, other)
    if as_json:
        head = {"first": _name(one), "second": _name(other), "verdict": verdict.word, "because": verdict.because}
        typer.echo(json.dumps(head | {"duel": duel.as_dict() if duel else None}))
        return
    typer.echo(f"{_name(other)} beside {_name(one)}: {verdict.word} ({'; '.join(verdict.because)})")
    if duel is not None:
        typer.echo("\n".join(_table(duel)))


def _table(duel: Duel) -> list[str]:
    """The duel as lines of text."""
    out = [f"{'':<32}{'first':>10}{'second':>10}  difference (95 %)"]
    for name, words in WORDS.items():
        gain = duel.differences[name]
        out.append(
            f"{words:<32}{duel.champion[name].value:>10.4f}{duel.challenger[name].value:>10.4f}"
            f"  {gain.value:+.4f} ({gain.low:+.4f} to {gain.high:+.4f})"
        )
    out += [
        f"difference between groups, {name}: {change.value:+.3f} ({change.low:+.3f} to {change.high:+.3f})"
        for name, change in duel.gaps.items()
    ]
    return out + _people(duel)


def _people(duel: Duel) -> list[str]:
    """The rows, and whom each would alert: counts only."""
    seen = f"; the first had {duel.seen_by_champion} of them in training" if duel.seen_by_champion else ""
    return [
        f"{duel.n} rows of {duel.n_learners} learners in {duel.n_sessions} sessions, base rate {duel.base_rate:.3f},"
        f" each read by models trained before it{seen}",
        f"{duel.lists_in_common:.0%} of the alerts are the same at {duel.capacity} a mentor each time; learners ever"
        f" alerted: {duel.learners_by_both} by both, {duel.learners_by_champion_alone} by the first alone,"
        f" {duel.learners_by_challenger_alone} by the second alone",
    ]


@models_app.command("promote")
def promote_model(
    model: Annotated[str, typer.Argument(help="name (its challenger), name/version or name@alias")],
    by: Annotated[str, typer.Option(help="Who decides: a person's name.")],
    despite: Annotated[
        str | None, typer.Option(help="Why, where the gate says worse, may be worse or cannot compare.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a version serve, in a person's name, once the gate was asked.

    Promotion, verdict, figures and reason are kept. The next `filrouge score` uses it.
    """
    from training.promotion import promote, told

    home, name = _home(), _bare(model)
    act = promote(home, model, by=by, despite=despite, now=datetime.now(UTC))
    _tell(home, name, act, f"{told(act, name)}\nThe next `filrouge score` uses it.", as_json=as_json)


def _tell(home: Home, name: str, act: Act, sentence: str, *, as_json: bool) -> None:
    """Print what was decided, then have it written down elsewhere too."""
    typer.echo(json.dumps(asdict(act)) if as_json else sentence)
    for witness in WITNESSES:
        witness(home, name)


@models_app.command("dismiss")
def dismiss_model(
    model: Annotated[str, typer.Argument(help="The model's name.")] = "filrouge",
    by: Annotated[str, typer.Option(help="Who decides: a person's name.")] = "",
    why: Annotated[str, typer.Option(help="The reason, kept.")] = "",
    as_json: Json = False,
) -> None:
    """Set aside the challenger that waits; it stays in the registry, and `filrouge models recall` undoes it."""
    from training.promotion import dismiss, told

    home = _home()
    act = dismiss(home, model, by=by, why=why, now=datetime.now(UTC))
    _tell(home, _bare(model), act, told(act, model), as_json=as_json)


@models_app.command("recall")
def recall_model(
    model: Annotated[str, typer.Argument(help="name/version")],
    by: Annotated[str, typer.Option(help="Who decides: a person's name.")],
    as_json: Json = False,
) -> None:
    """Make a version wait as challenger again."""
    from training.promotion import recall, told

    home, name = _home(), _bare(model)
    act = recall(home, model, by=by, now=datetime.now(UTC))
    _tell(home, name, act, told(act, name), as_json=as_json)


@models_app.command("rollback")
def roll_back(
    model: Annotated[str, typer.Argument(help="The model's name.")] = "filrouge",
    by: Annotated[str, typer.Option(help="Who decides.")] = "",
    why: Annotated[str, typer.Option(help="The reason, kept.")] = "",
    as_json: Json = False,
) -> None:
    """Make the version that served before serve again."""
    from training.promotion import rollback, told

    home = _home()
    act = rollback(home, model, by=by, why=why, now=datetime.now(UTC))
    _tell(home, _bare(model), act, f"{told(act, model)}\nThe next `filrouge score` uses it.", as_json=as_json)


def _bare(model: str) -> str:
    """The model's name, without version nor alias."""
    return model.partition("/")[0].partition("@")[0]


def _name(one: Registered) -> str:
    return f"{one.name}/{one.version}"


def _plain(one: Registered) -> dict[str, Any]:
    from training.registry import role_of

    return {
        "name": one.name,
        "version": one.version,
        "run_id": one.run_id,
        "role": role_of(one),
        "measured": one.measured,
        "aliases": list(one.aliases),
        "tags": one.tags,
    }
