"""`filrouge person`: find somebody, write down what they decide, say on what basis records are read, erase."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data.errors import StoreError
from data.home import Home
from data.privacy import POSITIVE

if TYPE_CHECKING:
    from data.erasure import Erasure

OPEN = (
    "work.db still has bytes of the learner: another program holds it open. Stop filrouge serve, then ask again; it"
    " finishes what is left. See docs/privacy.md."
)

NAMESAKE = "Somebody else has the same name, e-mail or identifier: words about others are as they were."

person_app = typer.Typer(no_args_is_help=True, help="Consent, objection, erasure: see docs/privacy.md.")

Learner = Annotated[
    str, typer.Argument(help="A pseudonym, a source's identifier or an e-mail address.", show_default=False)
]
Purpose = Annotated[
    str, typer.Argument(help="alerts, community, surveys, attendance or fairness_audit.", show_default=False)
]
By = Annotated[str, typer.Option(help="Who answers for it.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@person_app.command()
def find(
    text: Annotated[str, typer.Argument(help="Part of a name or e-mail, or a source's identifier.")],
    as_json: AsJson = False,
) -> None:
    """Find people in the vault, and print their pseudonyms."""
    found = [one for one in _look_for(text) if one["kind"] in ("learner", "mentor")]
    lines = [f"{one['pseudonym']}  {one['kind']}  {one['source']} {one['source_id']}  {_said(one)}" for one in found]
    _print({"people": found}, "\n".join(lines) or "Nobody was found.", as_json=as_json)


@person_app.command()
def show(learner: Learner, as_json: AsJson = False) -> None:
    """Show what a learner decided, and for which purposes their records are read now."""
    from data.consents import Consents

    consents, number = Consents(_home()), number_of(learner)
    history, erased = [asdict(one) for one in consents.history(number)], _is_erased(number)
    read = {
        code: not erased and access.listed == (number in access.learners) for code, access in consents.access().items()
    }
    lines = [f"{one['decided_at']}  {one['purpose']} {one['choice']}, by {one['recorded_by']}" for one in history]
    lines += [f"{code}: {'read' if now else 'not read'}" for code, now in read.items()]
    lines += ["erased at their request"] if erased else []
    told = {"learner": number, "erased": erased, "decisions": history, "read": read}
    _print(told, "\n".join(lines), as_json=as_json)


@person_app.command()
def consent(
    learner: Learner,
    purpose: Purpose,
    choice: Annotated[str, typer.Argument(help="granted or withdrawn.", show_default=False)],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Write down that a learner agrees, or no longer does; it holds from the next reading on.

    The pages show what was scored before until `filrouge score` is run.
    """
    if choice not in ("granted", "withdrawn"):
        raise StoreError("this choice is not known", accepted="granted, withdrawn")
    _decide(learner, purpose, choice, by, as_json=as_json)


@person_app.command("object")
def object_to(
    learner: Learner,
    purpose: Purpose,
    by: By,
    undo: Annotated[bool, typer.Option("--undo", help="The learner takes the objection back.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write down that a learner objects, or takes it back; it holds from the next reading on.

    Who objects to `alerts` leaves the pages at once, and comes back with the next `filrouge score`. For other purposes
    the pages show what was scored before until then.
    """
    _decide(learner, purpose, "granted" if undo else "objected", by, as_json=as_json)


@person_app.command()
def basis(
    purpose: Purpose,
    on: Annotated[
        str,
        typer.Argument(
            metavar="BASIS",
            help="consent, contract, legitimate_interest, legal_obligation, public_task, or none to take it back.",
            show_default=False,
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why, in a few words; kept.", show_default=False)],
    by: By,
    as_json: AsJson = False,
) -> None:
    """Record on what basis the organisation reads for a purpose."""
    from data.consents import record_basis

    told = record_basis(_home(), purpose, on, reason=reason, by=by, at=datetime.now(UTC))
    _print(asdict(told), f"{told.purpose}: {told.basis}, recorded by {told.recorded_by}", as_json=as_json)


@person_app.command()
def bases(as_json: AsJson = False) -> None:
    """Show each purpose: what it governs, its basis, and what is not read."""
    from data.consents import PURPOSES, Consents
    from data.store import RecordStore

    home = _home()
    consents, hidden = Consents(home), RecordStore(home).hidden()
    told = {
        code: {
            "label": purpose.label_en,
            "governs": [" where ".join(filter(None, (one.table, one.only))) for one in purpose.governs],
            "basis": consents.basis(code),
            "hidden": asdict(hidden[code]) if code in hidden else None,
        }
        for code, purpose in PURPOSES.items()
    }
    lines = [f"{code}: {one['label']}; basis: {one['basis'] or 'none'}" for code, one in told.items()]
    lines += [one.line() for one in hidden.values()]
    _print({"purposes": told}, "\n".join(lines), as_json=as_json)


@person_app.command()
def erase(
    learner: Learner,
    by: By,
    reason: Annotated[str, typer.Option(help="Why, in a few words that name nobody; kept.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a learner from every file, and prove it by reading them; it cannot be undone.

    Old versions of the records go with them. Exit code 4 when a file still holds the learner.
    """
    from data.also import TELLERS
    from data.erasure import erase as erase_learner

    home, number = _home(), number_of(learner)
    if not yes:
        typer.confirm(f"Erase learner {number} for good?", abort=True, err=True)
    now = datetime.now(UTC)
    done = erase_learner(home, number, by=by, at=now, reason=reason)
    copies = [line for tell in TELLERS for line in tell(home, now)]
    told = "\n".join([_told(done), *(copies or ["Copies elsewhere are yours to handle: filrouge person backups."])])
    _print({**asdict(done), "copies": copies}, told, as_json=as_json)
    if done.still_in:
        raise typer.Exit(StoreError.exit_code)


def _told(done: Erasure) -> str:
    rows = ", ".join(f"{table} {n:,}" for table, n in done.rows.items()) or "no record"
    lines = [f"Removed: {rows}.", *(f"Deleted, to be made again: {path}" for path in done.deleted)]
    lines += [f"STILL HELD IN: {path}" for path in done.still_in]
    lines += [NAMESAKE] if done.shared else []
    if any(path.startswith("work.db") for path in done.still_in):
        lines.append(OPEN)
    return "\n".join(lines if done.still_in else [*lines, "No file of this folder holds the learner any more."])


def _decide(learner: str, purpose: str, choice: str, by: str, *, as_json: bool) -> None:
    from data.deciding import decide

    told = decide(_home(), number_of(learner), purpose, choice, by=by, at=datetime.now(UTC))
    line = f"{told.learner_id}: {told.purpose} {told.choice}; scores follow once `filrouge score` is run"
    _print(asdict(told), line, as_json=as_json)


def _home() -> Home:
    return Home.from_environment()


def number_of(learner: str) -> int:
    """Return the pseudonym that was named, or that of the one learner with this identifier or e-mail.

    Raises
    ------
    StoreError : nobody, or several people, are so named.
    """
    from data.erasure import is_known

    text = learner.strip()
    learners = [one for one in _look_for(text) if one["kind"] == "learner"]
    found = {int(one["pseudonym"]) for one in learners if text.lower() in (one["source_id"].lower(), _mail(one))}
    if len(found) == 1:
        return found.pop()
    if found:
        raise StoreError("several people are so named", todo="name one by pseudonym: filrouge person find")
    if text.isdecimal() and int(text) <= POSITIVE and is_known(_home(), int(text)):
        return int(text)
    raise StoreError(
        "nobody is so named",
        accepted="a pseudonym, a source's identifier or an e-mail address",
        todo="filrouge person find",
    )


def _look_for(text: str) -> list[dict[str, Any]]:
    from data.identities import Vault

    vault = Vault(_home().identities_database)
    found = [asdict(one) for one in vault.look_for(text)]
    vault.close()
    return found


def _is_erased(number: int) -> bool:
    from data.identities import Vault

    vault = Vault(_home().identities_database)
    erased = number in vault.erased().get("learner", ())
    vault.close()
    return erased


def _mail(one: dict[str, Any]) -> str:
    return (one["email"] or "").lower()


def _said(one: dict[str, Any]) -> str:
    return " ".join(filter(None, (one["display_name"], f"<{one['email']}>" if one["email"] else "")))


def _print(values: dict[str, Any], text: str, *, as_json: bool) -> None:
    typer.echo(json.dumps(values, ensure_ascii=False) if as_json else text)
