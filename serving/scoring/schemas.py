"""What the API takes and gives when a program has rows of features scored."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from serving.alerts.schemas import ReasonView

MOST_ROWS = 1_000
VALUE = {"type": ["number", "string", "null"]}
FeatureRow = Annotated[dict[str, Any], Field(json_schema_extra={"additionalProperties": VALUE})]


class RowsAsked(BaseModel):
    """Rows of features: each has every input of the model that serves, by name; null where it is not known."""

    model_config = ConfigDict(extra="forbid")

    rows: list[FeatureRow] = Field(min_length=1, max_length=MOST_ROWS)
    reasons: bool = Field(False, description="whether to say why, in the account's language")


class RowScore(BaseModel):
    """One row's calibrated probability, in the order sent; `reasons` is null where none were asked."""

    probability: float
    reasons: list[ReasonView] | None


class RowsScored(BaseModel):
    """The scores of rows, and the model they are of. A score orders a list; it decides nothing."""

    model: str
    level: str
    horizon_days: int
    scores: list[RowScore]
