"""OULAD: the Open University's tables, with `studentVle.csv` or its stand-in of 30-day windows.

Source: Kuzilek, Hlosta, Zdrahal, Scientific Data 4:170171 (2017). Days there are counted from the start of
the presentation; marks have no release date, so a mark is known `RELEASE_DAYS` after it is handed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from data.errors import SourceError
from data.identities import Identity
from data.progress import Report
from data.sources.base import (
    Clock,
    Extract,
    Gathered,
    RawTable,
    Request,
    Rule,
    damaged,
    existing_folder,
    integer,
    number,
    text,
)
from data.sources.oulad_sql import ACTIVITY, DAYS, ENROLLED, KINDS, RESOURCES, SESSION, TABLES
from data.sources.staging import Staging

RELEASE_DAYS = 14
NULLS = ("", "?")
PLACE = (text("code_module"), text("code_presentation"))

COURSES = RawTable("courses", (*PLACE, integer("module_presentation_length")), ("code_module", "code_presentation"))
ASSESSMENTS = RawTable(
    "assessments",
    (*PLACE, integer("id_assessment"), text("assessment_type"), integer("date", required=False), number("weight")),
    ("id_assessment",),
)
INFO = RawTable(
    "studentInfo",
    (
        *PLACE, integer("id_student"), text("gender", required=False), text("age_band", required=False),
        integer("num_of_prev_attempts", required=False), number("studied_credits", required=False),
        text("disability", required=False), text("final_result"),
    ),
    ("code_module", "code_presentation", "id_student"),
)  # fmt: skip
REGISTRATION = RawTable(
    "studentRegistration",
    (
        *PLACE, integer("id_student"), integer("date_registration", required=False),
        integer("date_unregistration", required=False),
    ),
    ("code_module", "code_presentation", "id_student"),
)  # fmt: skip
SUBMISSIONS = RawTable(
    "studentAssessment",
    (
        integer("id_assessment"), integer("id_student"), integer("date_submitted"), integer("is_banked"),
        number("score", required=False),
    ),
    ("id_assessment", "id_student"),
)  # fmt: skip
VLE = RawTable(
    "vle", (integer("id_site"), *PLACE, text("activity_type")), ("id_site", "code_module", "code_presentation")
)
CLICKS = RawTable(
    "studentVle", (*PLACE, integer("id_student"), integer("id_site"), integer("date"), integer("sum_click"))
)
WINDOWS = RawTable(
    "windows",
    (
        *PLACE, integer("id_student"), integer("id_site"), text("activity_type"), integer("day_from"),
        integer("day_to"), integer("n_interactions"),
    ),
    ("id_student", "code_module", "code_presentation", "id_site", "day_from"),
)  # fmt: skip

WINDOWS_FILE = "vle_interactions_30day.parquet"
SMALL = (COURSES, ASSESSMENTS, INFO, REGISTRATION, SUBMISSIONS)
LONG_AGO = 3650

UNKNOWN_SESSION = damaged(
    "code_presentation",
    "unknown session",
    "(code_module, code_presentation) NOT IN (SELECT (code_module, code_presentation) FROM session)",
)
UNKNOWN_LEARNER = damaged(
    "id_student",
    "unknown learner",
    "(code_module, code_presentation, id_student) NOT IN"
    " (SELECT (code_module, code_presentation, id_student) FROM studentInfo)",
)


def _day(column: str) -> Rule:
    return damaged(column, "day out of reach", f"abs({column}) > {LONG_AGO}")


def _below(column: str, least: int) -> Rule:
    return damaged(column, f"below {least}", f"{column} < {least}")


RULES: Mapping[str, tuple[Rule, ...]] = {
    "courses": (
        damaged("code_presentation", "unknown code", r"NOT regexp_full_match(code_presentation, '\d{4}[BJ]')"),
        damaged("module_presentation_length", "day out of reach",
                f"module_presentation_length NOT BETWEEN 1 AND {LONG_AGO}"),
    ),
    "assessments": (
        UNKNOWN_SESSION, _day("date"),
        damaged("weight", "out of range", "weight IS NOT NULL AND NOT (weight BETWEEN 0 AND 100)"),
        damaged("assessment_type", "not an accepted value", "assessment_type NOT IN ('TMA', 'CMA', 'Exam')"),
    ),
    "studentInfo": (
        UNKNOWN_SESSION, _below("num_of_prev_attempts", 0), _below("studied_credits", 0),
        damaged("final_result", "not an accepted value",
                "final_result NOT IN ('Pass', 'Distinction', 'Fail', 'Withdrawn')"),
    ),
    "studentRegistration": (UNKNOWN_LEARNER, _day("date_registration"), _day("date_unregistration")),
    "studentAssessment": (
        damaged("id_assessment", "unknown assessment", "id_assessment NOT IN (SELECT id_assessment FROM assessments)"),
        damaged("id_student", "unknown learner", "(id_assessment, id_student) NOT IN (SELECT (a.id_assessment,"
                " i.id_student) FROM assessments a JOIN studentInfo i USING (code_module, code_presentation))"),
        _day("date_submitted"),
        damaged("score", "out of range", "score IS NOT NULL AND NOT (score BETWEEN 0 AND 100)"),
    ),
    "vle": (UNKNOWN_SESSION,),
    "studentVle": (
        UNKNOWN_LEARNER, _day("date"), _below("sum_click", 1),
        damaged("id_site", "unknown resource", "id_site NOT IN (SELECT id_site FROM vle)"),
    ),
    "windows": (
        UNKNOWN_LEARNER, _day("day_from"), _day("day_to"), _below("n_interactions", 1),
        damaged("day_to", "ends before it starts", "day_to < day_from"),
    ),
}  # fmt: skip


class Oulad:
    """Reads a folder of OULAD tables."""

    name = system = "oulad"
    has_today = any_text = False

    def find(self, folder: Path) -> Mapping[str, Path]:
        """Return the files to read by raw table, `studentVle` before the windows when both are there."""
        files = {table.name: folder / f"{table.name}.csv" for table in SMALL}
        if (folder / "studentVle.csv").exists():
            files |= {"vle": folder / "vle.csv", "studentVle": folder / "studentVle.csv"}
        else:
            files["windows"] = folder / WINDOWS_FILE
        missing = [path.name for path in files.values() if not path.exists()]
        if missing:
            raise SourceError(
                "tables are missing: " + ", ".join(missing),
                where=str(folder),
                accepted=f"OULAD's tables, with studentVle.csv and vle.csv, or {WINDOWS_FILE}",
            )
        return files

    def inputs(self, request: Request) -> Mapping[str, Path]:
        """Return the files of the folder asked for."""
        return self.find(existing_folder(request.place))

    def gather(self, request: Request) -> Gathered:
        """Return the same files: nothing is fetched."""
        return Gathered(self.inputs(request))

    def extract(self, staging: Staging, gathered: Gathered, clock: Clock, report: Report) -> Extract:
        """Load and judge the raw tables, and return the canonical ones; the archive has no today."""
        files = gathered.files
        for done, table in enumerate(_loaded(staging, files)):
            report("reading", done, len(files))
            staging.judge(table, RULES[table.name])
            if table is COURSES:
                staging.run(SESSION)
        report("reading", len(files), len(files))
        staging.run(ENROLLED)
        staging.run(KINDS)
        layout = "studentVle" if "studentVle" in files else "windows"
        staging.run(RESOURCES.format(layout="vle" if layout == "studentVle" else layout))
        staging.run(DAYS[layout].format(time_zone=clock.time_zone))
        tables = {name: select.format(days=RELEASE_DAYS, time_zone=clock.time_zone) for name, select in TABLES.items()}
        return Extract({**tables, "activity": ACTIVITY[layout]}, list(_identities(staging)))


def _loaded(staging: Staging, files: Mapping[str, Path]) -> Iterator[RawTable]:
    """Load each table, and yield it once loaded, parents first."""
    for table in (*SMALL, VLE, CLICKS, WINDOWS):
        if table.name not in files:
            continue
        if table is WINDOWS:
            _load_windows(staging, files[table.name])
        else:
            staging.load_csv(table, files[table.name], nulls=NULLS)
        yield table


def _load_windows(staging: Staging, path: Path) -> None:
    names = [column.name for column in WINDOWS.columns]
    reading = f"read_parquet('{str(path).replace(chr(39), chr(39) * 2)}', file_row_number = true)"
    try:
        found = {row[0] for row in staging.connection.execute(f"DESCRIBE SELECT * FROM {reading}").fetchall()}
    except Exception as error:
        raise SourceError("the file is not a whole Parquet file", where=path.name, todo="copy it again") from error
    missing = [name for name in names if name not in found]
    if missing:
        raise SourceError("columns are missing: " + ", ".join(missing), where=path.name, accepted=", ".join(names))
    absent = " ".join(f"WHEN {name} IS NULL THEN '{name}|missing value'" for name in names)
    select = f"SELECT file_row_number + 1 AS line, {', '.join(names)}, CASE {absent} END AS fault FROM {reading}"
    staging.load_view(WINDOWS, path, select)


def _identities(staging: Staging) -> Iterator[Identity]:
    queries = {
        "learner": "SELECT DISTINCT learner_id, CAST(id_student AS VARCHAR), NULL FROM enrolled",
        "mentor": "SELECT mentor_id, code, 'Équipe ' || code_module || ' ' || code_presentation FROM session",
        "session": "SELECT pseudonym('session', session_id), session_id, name FROM session",
        "enrolment": "SELECT enrolment_id, id_student || ':' || session_id, NULL FROM enrolled",
    }
    for kind, query in queries.items():
        for number_, source_id, name in staging.connection.execute(query + " ORDER BY 2").fetchall():
            yield Identity(kind, number_, "oulad", source_id, name)
