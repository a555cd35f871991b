"""Rows a second and peak memory of Moodle's database, from real servers: one JSON object a line.

`python -m tests.bench.bench_databases postgresql 1000000`. The log is made up by the server; the second import reads
what the first left and what it reads again each time.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from data.imports import EXAMPLE
from data.sources import moodle_tables
from tests.bench.measure import Taken, filrouge, measured, take
from tests.unit import database_servers as servers

ROSTER = """
CREATE TABLE roster AS SELECT row_number() OVER (ORDER BY u.id) - 1 AS place, u.userid, e.courseid, c.startdate,
    CASE WHEN c.enddate < 1781474156 THEN c.enddate ELSE 1781474156 END AS ended
FROM mdl_user_enrolments u JOIN mdl_enrol e ON e.id = u.enrolid JOIN mdl_course c ON c.id = e.courseid
"""
FILL = r"""
INSERT INTO mdl_logstore_standard_log (id, eventname, component, action, objectid, crud, edulevel, contextinstanceid,
    userid, courseid, relateduserid, anonymous, other, timecreated, origin)
SELECT 1000000 + g.n,
    CASE g.n {mod} 5 WHEN 0 THEN '{b}core{b}event{b}user_loggedin' WHEN 1 THEN '{b}core{b}event{b}course_viewed'
        WHEN 2 THEN '{b}mod_quiz{b}event{b}course_module_viewed' WHEN 3 THEN '{b}mod_forum{b}event{b}discussion_viewed'
        ELSE '{b}mod_page{b}event{b}course_module_viewed' END,
    CASE g.n {mod} 5 WHEN 2 THEN 'mod_quiz' WHEN 3 THEN 'mod_forum' WHEN 4 THEN 'mod_page' ELSE 'core' END,
    CASE g.n {mod} 5 WHEN 0 THEN 'loggedin' ELSE 'viewed' END, g.n {mod} 1000, 'r', 2, 300 + g.n {mod} 97,
    r.userid, CASE g.n {mod} 5 WHEN 0 THEN 0 ELSE r.courseid END, NULL, 0, 'N;',
    r.startdate + (g.n * 7919) {mod} (r.ended - r.startdate), 'web'
FROM {series} JOIN roster r ON r.place = g.n {mod} 512
"""


def fill(server: servers.Server, rows: int) -> None:
    """Load the example into a site, with so many more rows in its log."""
    tables = {table.name: EXAMPLE / "csv" / f"mdl_{table.name}.csv.gz" for table in moodle_tables.TABLES}
    servers.load_site(server, "site", tables)
    postgresql = server.kind == "postgresql"
    series = (
        f"generate_series(1::bigint, {rows}) AS g(n)" if postgresql else f"(SELECT seq AS n FROM seq_1_to_{rows}) g"
    )
    server.run("site", ROSTER)
    server.run("site", FILL.format(series=series, mod="%%", b="\\" if postgresql else "\\\\"))
    server.run("site", "CREATE INDEX log_time ON mdl_logstore_standard_log (timecreated)")


def read(url: str, home: Path) -> tuple[Taken, int]:
    """Import a site, and return what it took and how many rows of its log were read."""
    command = filrouge("import", "moodle-db", "--as-of", "2026-06-15", "--json")
    took = take(command, home=home, environment={"FILROUGE_MOODLE_DB_URL": url})
    files = json.loads(took.told)["files"]
    return took, next(file["rows_in"] for file in files if file["file"].endswith("standard_log"))


def main() -> None:
    """Print one line a measure."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("kind", choices=("postgresql", "mariadb"))
    asked.add_argument("rows", type=int)
    given = asked.parse_args()
    with getattr(servers, given.kind)() as server, tempfile.TemporaryDirectory() as folder:
        fill(server, given.rows)
        for what in ("", ", again"):
            took, rows = read(server.url("site"), Path(folder) / "home")
            sys.stdout.write(measured(f"import moodle-db, {given.kind}{what}", rows, took).line() + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
