"""What the page of the community shows."""

from __future__ import annotations

from dataclasses import dataclass

from serving.community.policy import Figure, Question
from serving.tables import Roster


@dataclass(frozen=True)
class Waiting:
    """A question that waits, who asked it, and its text where the organisation keeps texts."""

    question: Question
    enrolment: Roster
    text: str


@dataclass(frozen=True)
class Community:
    """A community on a day: questions that wait, members apart, figures; and how many members may not be read."""

    waiting: list[Waiting]
    apart: list[Roster]
    figures: list[Figure]
    members: int
    unread: int = 0
