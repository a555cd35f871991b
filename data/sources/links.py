"""Who is who across systems: a person of one system is the learner of another when they have the same e-mail.

The order is fixed: somebody this system already brought; then the learner to whom another system gave the number that
the key names (`moodle:42`); then the only learner with that e-mail, or with the digest of it; then somebody with that
e-mail who was erased, whose rows are left out; then somebody new. Two learners with one e-mail, an erased one among
them, are never guessed apart.

Moodle's accounts are linked in the same order, but the vault remembers their number beside the learner (`Vault.links`):
they stay whose they are when an e-mail changes. Two of its accounts are never one person.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping

import pyarrow as pa

from data.privacy import mail_mark
from data.sources.staging import Staging

PEOPLE = """
SELECT person, min(email) AS email FROM (
    SELECT person, email FROM plain_people
    UNION ALL SELECT person, NULL FROM plain_enrolments UNION ALL SELECT person, NULL FROM plain_activity_raw
    UNION ALL SELECT person, NULL FROM plain_posts_raw UNION ALL SELECT person, NULL FROM plain_results_raw
    UNION ALL SELECT person, NULL FROM plain_answers_raw UNION ALL SELECT person, NULL FROM plain_attendance_raw
    UNION ALL SELECT person, NULL FROM plain_attributes_raw UNION ALL SELECT person, NULL FROM plain_contacts_raw
) WHERE person IS NOT NULL GROUP BY 1 ORDER BY 1
"""
NOBODY: frozenset[int] = frozenset()
LINKED = pa.schema([("person", pa.string()), ("learner_id", pa.int64()), ("by_email", pa.bool_())])
MAIL_SHA1 = "mailto-sha1:"
"""Begins the key of a person known by the SHA-1 of their `mailto:` address only."""


def link(staging: Staging, system: str) -> None:
    """Make `linked`: which learner each person is."""
    rows, people = [], staging.connection.execute(PEOPLE).fetchall()
    emails = {**staging.known.by_email, **_digests(staging.known.by_email, (person for person, _ in people))}
    shared = _shared(staging, system, people)
    for person, email in people:
        known = staging.known.by_source.get((system, person))
        other, _, number = person.partition(":")
        elsewhere = staging.known.by_source.get((other, number))
        mail = (email or (person if "@" in person else "")).strip().casefold()
        found = emails.get(mail, emails.get(person, NOBODY))
        erased = staging.known.erased.get(mail_mark(staging.pseudonymiser.key, mail)) if mail else None
        if known is not None:
            rows.append((person, known, False))
        elif elsewhere is not None:
            rows.append((person, elsewhere, True))
        elif mail in shared and "@" not in person and erased is None:
            rows.append((person, staging.pseudonymiser.one("learner", person), False))
        elif len(either := found if erased is None else found | {erased}) == 1:
            rows.append((person, next(iter(either)), True))
        else:
            rows.append((person, staging.pseudonymiser.one("learner", person), False))
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    staging.keep("linked", pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, LINKED, strict=True)],
                                                schema=LINKED))  # fmt: skip


def of_accounts(staging: Staging, system: str, accounts: Iterable[tuple[int, str | None]]) -> dict[int, int]:
    """Return whose a system's numbered accounts are, where that is told by more than their own number.

    Parameters
    ----------
    accounts : the learners' numbers and e-mails, as this import tells them. Of two that are new and have one e-mail,
        neither is linked by it.
    """
    known, key = staging.known, staging.pseudonymiser.key
    own = {learner for (source, number), learner in known.by_source.items() if source == system and number.isdigit()}
    linked, mails = {}, {}
    for number, email in accounts:
        before = known.by_source.get((system, str(number)))
        if before is not None:
            linked[number] = before
        elif mail := (email or "").strip().casefold():
            mails[number] = mail
    times = Counter(mails.values())
    for number, mail in mails.items():
        found = known.by_email.get(mail, NOBODY)
        erased = known.erased.get(mail_mark(key, mail)) if known.erased else None
        if erased is not None and not found:
            linked[number] = erased
        elif erased is None and len(found) == times[mail] == 1 and not found & own:
            linked[number] = next(iter(found))
    return linked


def _shared(staging: Staging, system: str, people: Iterable[tuple[str, str | None]]) -> frozenset[str]:
    """Return the e-mails that two new accounts of this import have: neither is linked by it."""
    known = staging.known.by_source
    new = Counter(
        email.strip().casefold()
        for person, email in people
        if email
        and "@" not in person
        and (system, person) not in known
        and tuple(person.partition(":")[::2]) not in known
    )
    return frozenset(mail for mail, times in new.items() if times > 1)


def _digests(emails: Mapping[str, frozenset[int]], people: Iterable[str]) -> dict[str, frozenset[int]]:
    """Return the learners by the digest of their address, when somebody is known by a digest."""
    if not any(person.startswith(MAIL_SHA1) for person in people):
        return {}
    return {
        MAIL_SHA1 + hashlib.sha1(f"mailto:{email}".encode(), usedforsecurity=False).hexdigest(): numbers
        for email, numbers in emails.items()
    }
