"""Decisions about accounts: who must wait, who may follow learners, what a password must be."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from serving.language import mark
from serving.problems import RefusedError

FAILURE_WINDOW = timedelta(minutes=15)
MINIMUM_PASSWORD = 12
LARGEST = 2**63 - 1


def must_wait(*, account_failures: int, address_failures: int, account_limit: int, address_limit: int) -> bool:
    """Whether a sign-in must wait, by the failures of the last quarter of an hour."""
    return account_failures >= account_limit or address_failures >= address_limit


def check_reach(*, role: str, mentor_id: str | None, unassigned: bool, courses: Collection[str] = ()) -> None:
    """Accept an account that follows learners only if it is a mentor's, or the lead's of its courses.

    Raises
    ------
    RefusedError : another role follows learners, or courses.
    """
    if role != "course_lead" and courses:
        raise RefusedError(mark("only a course lead follows whole courses"), where="courses")
    if role != "mentor" and (mentor_id is not None or unassigned):
        raise RefusedError(mark("only a mentor follows learners"), where="mentor_id")
    if mentor_id is not None and int(mentor_id) > LARGEST:
        raise RefusedError(mark("check this value"), where="mentor_id", accepted="a pseudonym of 63 bits")


def check_password(password: str) -> None:
    """Accept a password long enough to be one.

    Raises
    ------
    RefusedError : it is too short.
    """
    if len(password) < MINIMUM_PASSWORD:
        raise RefusedError(
            mark("the password is too short"), where="password", accepted=f"{MINIMUM_PASSWORD} characters or more"
        )
