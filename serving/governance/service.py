"""Gather what is known of the system on a day, and write the file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from sqlalchemy.orm import Session

from serving.alerts.repository import latest_run
from serving.effects import service as effects
from serving.effects.wording import tell
from serving.governance import repository
from serving.governance.document import CARDS, pieces
from serving.governance.pdf import as_pdf
from serving.governance.schemas import Known, Piece
from serving.language import Speech
from serving.quality import anchors, journal
from serving.quality.journal import Verdict
from serving.retention.policy import read_rules
from serving.settings import Settings
from serving.watch import reports

if TYPE_CHECKING:
    from data.home import Home
    from serving.tables import ScoreRun

WEAK = "## Où il est faible"
DRIFT = {
    "not_enough_data": "pas assez de données", "stable": "stable", "watch": "à surveiller", "drifted": "a dérivé",
}  # fmt: skip
PDF, MANIFEST = "dossier-gouvernance.pdf", "manifeste.json"


def know(
    session: Session, settings: Settings, *, day: date, named: bool = False, verdict: Verdict | None = None
) -> Known:
    """Return what is known of the system up to a day.

    Parameters
    ----------
    named : tell who took each step by name; by role otherwise.
    verdict : what is known of the journal; None: it is checked whole.
    """
    home, speech = settings.folder, french(settings)
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(settings.timezone)).astimezone(UTC)
    serves = latest_run(session, until=day)
    run, cards = _trained(home, serves)
    verdict = verdict or journal.verify(session, anchors.of_packs(home))
    return Known(
        day, settings.organisation, settings.privacy_contact, settings.dpo_contact, settings.alerts_per_week,
        settings.keep_messages_days, _text_days(home), run, _served(serves), _sources(home), _bases(home), _features(),
        [(row[0], row[1], row[2]) for row in repository.gestures(session, before=end, named=named)],
        repository.outcomes(session, before=end), (verdict.intact, verdict.checked), named,
        _drift(home, day), _effect(home, day, speech), cards, _kept(settings, speech),
    )  # fmt: skip


def _kept(settings: Settings, speech: Speech) -> list[tuple[str, int]]:
    """Return how long each class of data is kept; the outbox's own setting says it of messages."""
    rules = [one for one in read_rules(settings.retention) if one.code != "messages"]
    return [(speech.say(one.label), one.days) for one in rules]


def french(settings: Settings) -> Speech:
    """Return the language of the file."""
    return Speech("fr", ZoneInfo(settings.timezone))


def file_of(
    session: Session, settings: Settings, *, day: date, named: bool = False, verdict: Verdict | None = None
) -> tuple[Piece, ...]:
    """Return the pieces of the file as of a day."""
    return pieces(know(session, settings, day=day, named=named, verdict=verdict), french(settings))


def write(folder: Path, made: Sequence[Piece], *, day: date, organisation: str) -> dict[str, str]:
    """Write each piece, the whole as one PDF and the manifest of their SHA-256 sums; return the sums by file."""
    from data.steps import written_whole

    folder.mkdir(parents=True, exist_ok=True)
    contents = {f"{one.name}.md": one.text.encode() for one in made}
    contents[PDF] = as_pdf(made, day=day, organisation=organisation)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(contents.items())}
    contents[MANIFEST] = (json.dumps({"as_of": day.isoformat(), "sha256": sums}, indent=1) + "\n").encode()
    for name, content in contents.items():
        with written_whole(folder / name) as partial:
            partial.write_bytes(content)
    return sums


def _trained(home: Home, serves: ScoreRun | None) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """Return the report of the run that serves, and its cards; never those of a challenger that waits."""
    if serves is None:
        return None, {}
    found = reports.training_reports(home.reports / "training")
    mine = [one for one in found if one.version == (serves.model_name, serves.model_version)]
    if not mine:
        return None, {}
    folder = mine[0].page.parent
    paths = {name: folder / file for name, file in CARDS.items()}
    cards = {name: path.read_text(encoding="utf-8") for name, path in paths.items() if path.exists()}
    weak = cards.get("carte-du-modele", "").partition(WEAK)[2].partition("\n## ")[0].strip()
    return mine[0].summary, {**cards, "faiblesses": weak}


def _served(run: ScoreRun | None) -> dict[str, Any] | None:
    if run is None:
        return None
    return {"name": run.model_name, "version": run.model_version, "level": run.level, "horizon_days": run.horizon_days}


def _text_days(home: Home) -> int:
    from data.texts import Texts

    return Texts(home).days


def _sources(home: Home) -> list[str]:
    from data.store import RecordStore

    return sorted({batch.source for batch in RecordStore(home).batches()})


def _bases(home: Home) -> list[tuple[str, str | None]]:
    from data.consents import PURPOSES, Consents

    access = Consents(home).access()
    return [(one.label_fr, access[code].basis) for code, one in PURPOSES.items()]


def _features() -> list[tuple[str, str, str]]:
    from features.catalog import catalog

    return [(one.label["fr"], one.family, one.unit) for one in catalog().values() if one.modelled]


def _drift(home: Home, day: date) -> str | None:
    found = [one for one in reports.drift_reports(home.reports / "drift") if one.as_of <= day]
    if not found:
        return None
    verdict = str(found[0].summary.get("verdict"))
    return f"dérive au {format_date(found[0].as_of, 'long', locale='fr')}\u00a0: {DRIFT.get(verdict, verdict)}."


def _effect(home: Home, day: date, speech: Speech) -> str | None:
    found = [one for one in effects.files(home.reports / "effects") if one.as_of <= day]
    return tell(found[0].summary, speech).headline if found else None
