"""What the pages take and show of a challenger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

WAITS, SERVES, DISMISSED = STATES = ("waits", "serves", "dismissed")
UNSEEN = "unseen"
"""It waits, and no daily run has compared it: a person trained it."""
PROMOTED, RECALLED, ROLLED_BACK = "promoted", "recalled", "rolled_back"
"""What a person decides besides, as a model's history says it."""


@dataclass(frozen=True)
class Panel:
    """A challenger on the page of the model: what is known of it, and where it stands in the registry."""

    state: str
    told: Mapping[str, Any]
    champion: str

    @property
    def last(self) -> Mapping[str, Any] | None:
        """The shadow list of the latest day, compared with the champion that serves; null where there is none.

        A day of the past may have been run again since.
        """
        mine = [one for one in self.told["lists"] if one["beside"] == self.told["beside"]]
        return max(mine, key=lambda one: str(one["as_of"]), default=None)


class Decision(BaseModel):
    """A person's decision on the version that the page showed, with its reason."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}$")]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=1000)]


class SecondThought(BaseModel):
    """The version that waits again."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,8}$")]
