"""What the pages and the API of messages take and give."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from serving.notifications.planning import EVENTS
from serving.notifications.policy import Wishes, is_quiet
from serving.notifications.targets import LONGEST

Digest = Literal["daily", "weekly", "none"]
ChannelKind = Literal["email", "slack", "mattermost", "teams", "discord", "webhook"]


class PreferencesView(BaseModel):
    """How an account wants to be reached; `days` are those of the week, 1 for Monday; hours are local."""

    model_config = ConfigDict(extra="forbid")

    digest: Digest = "daily"
    days: str = Field("12345", pattern=r"^[1-7]{1,7}$", examples=["12345"])
    hour: int = Field(8, ge=0, le=23)
    quiet_from: int = Field(19, ge=0, le=23)
    quiet_until: int = Field(8, ge=0, le=23)
    immediate: bool = True

    @field_validator("days")
    @classmethod
    def _in_order(cls, days: str) -> str:
        return "".join(sorted(set(days)))

    @model_validator(mode="after")
    def _digest_is_heard(self) -> PreferencesView:
        if self.digest != "none" and is_quiet(self.hour, self.wishes()):
            raise ValueError("the digest's hour is one of silence")
        return self

    def wishes(self) -> Wishes:
        """Return them as the policy reads them."""
        return Wishes(**self.model_dump())


class NewChannel(BaseModel):
    """A place where an account, or the team, is reached."""

    model_config = ConfigDict(extra="forbid")

    kind: ChannelKind
    address: str = Field(min_length=3, max_length=LONGEST)


class NewWebhook(BaseModel):
    """A program to tell of events."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(min_length=8, max_length=LONGEST)
    events: list[str] = Field(min_length=1, max_length=len(EVENTS))

    @field_validator("events")
    @classmethod
    def _known(cls, events: list[str]) -> list[str]:
        if not set(events) <= set(EVENTS):
            raise ValueError(f"events are {', '.join(EVENTS)}")
        return [event for event in EVENTS if event in events]
