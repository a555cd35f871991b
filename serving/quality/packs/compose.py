"""A pack's files from what the work database says: the same data and the same day give the same bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from serving.language import Speech
from serving.quality import journal, words
from serving.quality import repository as evidence
from serving.quality.packs import document, glyphs, manifest, press, workbook
from serving.quality.packs.contents import Evidence, sheets
from serving.quality.packs.document import Document, Part
from serving.quality.packs.layout import printed
from serving.quality.sample import policy
from serving.quality.sample import service as sampling
from serving.quality.sample.chains import Chain, chains
from serving.quality.sample.policy import Wish
from serving.quality.scope import Scope
from serving.quality.sheets import Sheet, as_csv
from serving.tables import JournalEntry

KEY_LENGTH = 12
FEW_ROWS = 12
"""A sheet of more lines begins a page of the PDF."""


@dataclass(frozen=True)
class Order:
    """A pack asked for, beside its scope: whose it is, how many enrolments are drawn, by which seed, among which."""

    organisation: str
    seed: int
    drawn: int
    alerted: bool = False


@dataclass(frozen=True)
class Gathered:
    """All that a pack tells, before it is written: `verdict` is the check of the journal, `seal` its last evidence."""

    scope: Scope
    order: Order
    sheets: tuple[Sheet, ...]
    draw: sampling.Draw
    chains: tuple[Chain, ...]
    verdict: journal.Verdict
    seal: JournalEntry | None

    @property
    def entry(self) -> tuple[int, str]:
        """Return the number and the hash of the entry that the pack rests on; 0 and zeros before the first one."""
        return (self.seal.seq, self.seal.hash) if self.seal else (0, journal.FIRST_HASH)


@dataclass(frozen=True)
class Composed:
    """A pack's files by name; `manifest` is the SHA-256 of their list, from which comes the pack's key."""

    key: str
    files: dict[str, bytes]
    manifest: str
    gathered: Gathered


def gather(scope: Scope, order: Order, contents: Iterable[Evidence] | None = None) -> Gathered:
    """Read all that a pack tells; what tells that evidence was taken out is no evidence, and is not counted."""
    wish = Wish(order.drawn, order.seed, scope.from_on, scope.until_on, order.alerted)
    drawn = sampling.draw(scope.session, scope.records, wish)
    return Gathered(
        scope,
        order,
        tuple(sheets(scope, contents)),
        drawn,
        tuple(chains(scope, drawn.drawn)),
        journal.verify(scope.session),
        evidence.last_evidence(scope.session, before=scope.over),
    )


def compose(gathered: Gathered) -> Composed:
    """Return a pack's files."""
    scope, speech = gathered.scope, gathered.scope.speech
    sample = sampling.sheets(scope, gathered.draw, gathered.chains)
    every = (*gathered.sheets, *sample)
    refuse_twice(every)
    title, author = speech.say("Pack of proof"), gathered.order.organisation
    decimal = "," if speech.language == "fr" else "."
    book = workbook.workbook(every, _cover_sheet(gathered, every), speech.zone, title=title, author=author,
                             day=scope.today)  # fmt: skip
    files = {
        "dossier.pdf": document.pdf(document_of(gathered)),
        "dossier.xlsx": book,
        **{f"csv/{one.key}.csv": "".join(as_csv(one, speech.zone, decimal=decimal)).encode() for one in every},
    }
    whole = manifest.sealed(files, _told(gathered))
    digest = manifest.sum_of(whole[manifest.MANIFEST])
    return Composed(f"{scope.today.isoformat()}-{digest[:KEY_LENGTH]}", whole, digest, gathered)


def refuse_twice(every: Sequence[Sheet]) -> None:
    """Return when no two sheets have the same key: one would be written over the other.

    Raises
    ------
    PackError : two have.
    """
    twice = [key for key, n in Counter(one.key for one in every).items() if n > 1]
    if twice:
        raise press.PackError("two sheets of a pack have the same key", where=", ".join(twice))


def _told(gathered: Gathered) -> dict[str, Any]:
    scope, drawn, (number, seal) = gathered.scope, gathered.draw, gathered.entry
    return {
        "organisation": gathered.order.organisation,
        "as_of": scope.today.isoformat(),
        "from": scope.from_on.isoformat(),
        "until": scope.until_on.isoformat(),
        "language": scope.speech.language,
        "named": scope.directory is not None,
        "sample": {
            "seed": drawn.wish.seed,
            "n": drawn.wish.n,
            "alerted": drawn.wish.alerted,
            "frame": drawn.frame,
            "frame_digest": drawn.digest,
        },
        "journal": {"entry": number, "seal": seal, "intact": gathered.verdict.intact},
    }


def _cover_sheet(gathered: Gathered, every: Sequence[Sheet]) -> Sheet:
    """Return the workbook's first tab: what the pack is, then what each tab tells."""
    say, facts = gathered.scope.speech.say, _facts(gathered)
    rows = [(name, value) for name, value, _ in facts] + [(one.title, one.note) for one in every]
    return Sheet("cover", say("Read me first"), (say("Subject"), say("What it is")), tuple(rows))


def document_of(gathered: Gathered) -> Document:
    """Return the PDF's words."""
    speech, say = gathered.scope.speech, gathered.scope.speech.say
    told = [_part(one, speech) for one in gathered.sheets]
    sample = Part(
        say("Auditor’s sample"),
        printed=printed(sampling.sheets(gathered.scope, gathered.draw, gathered.chains)[0], speech),
    )
    followed = Part(say("Chains of the sample"), (say("Each enrolment drawn, on a page of its own."),),
                    chains=gathered.chains, apart=True)  # fmt: skip
    return Document(
        speech=speech,
        title=say("Pack of proof"),
        over=say("Indicator 12: commitment and prevention of drop-outs"),
        under=_days(gathered),
        author=gathered.order.organisation,
        day=gathered.scope.today,
        said=_cover(gathered),
        facts=_facts(gathered),
        parts=(*told, sample, *([followed] if gathered.chains else []), _verification(gathered), _how(gathered)),
    )


def _part(sheet: Sheet, speech: Speech) -> Part:
    shown = printed(sheet, speech)
    return Part(sheet.title, printed=shown, figure=_figure(sheet, speech), apart=shown.n_rows > FEW_ROWS)


def _days(gathered: Gathered) -> str:
    speech, scope = gathered.scope.speech, gathered.scope
    return speech.say("From %(from_on)s to %(until_on)s", from_on=speech.day(scope.from_on),
                      until_on=speech.day(scope.until_on))  # fmt: skip


def _cover(gathered: Gathered) -> tuple[str, ...]:
    say = gathered.scope.speech.say
    what = say(
        "This pack tells what the organisation did to favour the commitment of its learners and to prevent drop-outs: "
        "each alert, what was decided, what was done, and how it ended. It is made from a journal in which nothing can "
        "be changed without being seen."
    )
    named = say("It holds the names of learners: give it only to who must read it, and erase it after the audit.")
    plain = say("Learners are called by a reference; only the organisation can tell who they are.")
    lacks = say(
        "A character that the fonts of this document lack is shown as ▯; dossier.xlsx and the CSV files hold it."
    )
    stood = say(
        "Alerts, appointments, complaints and improvements stand here as the journal left them at the end of the day "
        "of the pack; enrolments, courses and the standard stand as they are known when it is made."
    )
    who = named if gathered.scope.directory else plain
    return what, who, stood, *([lacks] if _lacks(gathered.sheets) else [])


def _lacks(told: Iterable[Sheet]) -> bool:
    """Whether the PDF cannot draw a character of some cell."""
    cells = (cell for sheet in told for row in sheet.rows for cell in row if isinstance(cell, str))
    return any(glyphs.MISSING in glyphs.drawn(cell) for cell in cells if not cell.isascii())


def _facts(gathered: Gathered) -> tuple[tuple[str, str, bool], ...]:
    scope, speech, say = gathered.scope, gathered.scope.speech, gathered.scope.speech.say
    number, seal = gathered.entry
    drawn = say("%(n)s enrolments among %(frame)s, seed %(seed)s", n=len(gathered.chains),
                frame=speech.number(gathered.draw.frame), seed=gathered.draw.wish.seed)  # fmt: skip
    return (
        (say("Organisation"), gathered.order.organisation, False),
        (say("Days told"), _days(gathered), False),
        (say("As things stood at the end of"), speech.day(scope.today), False),
        (say("Auditor’s sample"), drawn, False),
        (say("Last entry of the journal"), str(number), False),
        (say("Seal of this entry"), seal, True),
    )


def _verification(gathered: Gathered) -> Part:
    speech, say, verdict = gathered.scope.speech, gathered.scope.speech.say, gathered.verdict
    number, seal = gathered.entry
    if verdict.intact:
        said = say("The journal was read again from its first entry when this pack was made: it is intact.")
    elif verdict.differs is not None:
        said = say(words.DIFFERS[verdict.what], n=verdict.differs)
    else:
        said = say("The journal was altered at entry %(n)s.", n=verdict.first_broken)
    how = say(
        "Each entry holds the SHA-256 of the one before: changing one changes every later seal. Whoever keeps this "
        "pack can therefore show later that nothing before it was rewritten."
    )
    facts = ((say("Last entry of the journal"), speech.number(number), False), (say("Seal of this entry"), seal, True))
    return Part(say("Verification of the journal"), (said, how), facts, apart=True)


def _how(gathered: Gathered) -> Part:
    """Return how to verify the pack; the command of the sample is that of the first enrolment drawn."""
    say, seed = gathered.scope.speech.say, gathered.draw.wish.seed
    first = gathered.draw.drawn[0] if gathered.draw.drawn else 0
    steps = (
        (say("1. The files are those that were made: in the folder of the pack, type this command."),
         "sha256sum -c SHA256SUMS"),
        (say("2. The pack is the one that the journal knows, and the journal is intact: the organisation types this "
             "one; it says too whether the seal above is still that of this entry."),
         "filrouge quality verify --pack ."),
        (say("3. The sample was not chosen: each mark is the start of the SHA-256 of the seed, a vertical bar and the "
             "number of the enrolment; this command finds that of the first one drawn, %(mark)s.",
             mark=policy.mark_of(seed, first)[:16]),
         f"printf '{seed}|{first}' | sha256sum"),
        (say("4. The pack can be made again: the same data, days and seed give the same files, to the byte, with the "
             "versions of the programs named in manifest.json."), ""),
    )  # fmt: skip
    return Part(say("How to verify this pack"), steps=steps)


def _figure(sheet: Sheet, speech: Speech) -> dict[str, Any] | None:
    """Return the register's steps by month, drawn and told; other sheets have no figure."""
    if sheet.key != "register":
        return None
    months = Counter(cell.replace(day=1) for row in sheet.rows for cell in row[1:2] if isinstance(cell, date))
    title = speech.say("Steps of prevention by month")
    counts = [(speech.day(month, "MMM y"), months[month]) for month in sorted(months)]
    return document.by_month(title, f"{title}.", counts, speech)
