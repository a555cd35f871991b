"""What the home knew before an import: who its learners are, and what its store holds of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from data.identities import Vault

KNOWN_TABLES = {
    "sessions": "SELECT session_id, course_id, starts_on, ends_on FROM sessions",
    "enrolments": """
SELECT enrolment_id, learner_id, session_id, registered_on, started_on, planned_end_on, ended_on, outcome,
    outcome_known_on, mentor_id, passed, result_known_on, motives, funding, modality, prior_attempts, credits
FROM enrolments
""",
    "assessments": "SELECT assessment_id, known_on FROM assessments",
    "answered": "SELECT DISTINCT survey_id, enrolment_id FROM survey_answers WHERE answered_on IS NOT NULL",
}


@dataclass(frozen=True)
class Known:
    """What the home knows already: learners by e-mail and by system and number, the store's own rows, its sources.

    A learner may have a number in several systems. `erased` has those who asked to be forgotten, by the mark of their
    e-mail (`privacy.mail_mark`); `mentors` tells which system brought each mentor.
    """

    by_email: Mapping[str, frozenset[int]] = field(default_factory=dict)
    by_source: Mapping[tuple[str, str], int] = field(default_factory=dict)
    tables: Mapping[str, pa.Table] = field(default_factory=dict)
    sources: frozenset[str] = frozenset()
    erased: Mapping[int, int] = field(default_factory=dict)
    mentors: Mapping[int, str] = field(default_factory=dict)


def known_people(vault: Vault) -> Known:
    """Return the learners of the vault, by e-mail and by the numbers that systems gave them, and who was erased."""
    identities = vault.find("learner")
    emails: dict[str, set[int]] = {}
    for number, who in identities.items():
        if who.email and who.email.strip():
            emails.setdefault(who.email.strip().casefold(), set()).add(number)
    by_source = {(who.source, who.source_id): number for number, who in identities.items()}
    by_source |= {pair: number for pair, number in vault.links().items() if number in identities}
    mentors = {number: who.source for number, who in vault.find("mentor").items()}
    by_email = {email: frozenset(numbers) for email, numbers in emails.items()}
    return Known(by_email, by_source, erased=vault.erased_mails(), mentors=mentors)


def known_tables(store: duckdb.DuckDBPyConnection) -> dict[str, pa.Table]:
    """Return what an import needs to know of the store, by name."""
    return {name: store.execute(query).to_arrow_table() for name, query in KNOWN_TABLES.items()}
