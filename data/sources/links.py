"""Who is who across systems: a person of one system is the learner of another when they have the same e-mail.

The order is fixed: somebody this system already brought; then the only learner with that e-mail; then somebody new.
Two learners with one e-mail are never guessed apart.
"""

from __future__ import annotations

import pyarrow as pa

from data.sources.staging import Staging

PEOPLE = """
SELECT person, min(email) AS email FROM (
    SELECT person, email FROM plain_people
    UNION ALL SELECT person, NULL FROM plain_enrolments UNION ALL SELECT person, NULL FROM plain_activity_raw
    UNION ALL SELECT person, NULL FROM plain_posts_raw UNION ALL SELECT person, NULL FROM plain_results_raw
    UNION ALL SELECT person, NULL FROM plain_answers_raw UNION ALL SELECT person, NULL FROM plain_attendance_raw
    UNION ALL SELECT person, NULL FROM plain_attributes_raw
) WHERE person IS NOT NULL GROUP BY 1 ORDER BY 1
"""
LINKED = pa.schema([("person", pa.string()), ("learner_id", pa.int64()), ("by_email", pa.bool_())])


def link(staging: Staging, system: str) -> None:
    """Make `linked`: which learner each person is."""
    rows = []
    for person, email in staging.connection.execute(PEOPLE).fetchall():
        known = staging.known.by_source.get((system, person))
        found = staging.known.by_email.get((email or (person if "@" in person else "")).strip().casefold(), frozenset())
        if known is not None:
            rows.append((person, known, False))
        elif len(found) == 1:
            rows.append((person, next(iter(found)), True))
        else:
            rows.append((person, staging.pseudonymiser.one("learner", person), False))
    columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
    staging.keep("linked", pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, LINKED, strict=True)],
                                                schema=LINKED))  # fmt: skip
