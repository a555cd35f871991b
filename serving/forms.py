"""What a form or an address carries, made safe to use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, TypeVar

from fastapi import Depends, Path, Request
from pydantic import BaseModel, ValidationError

from serving.language import mark
from serving.problems import NotFoundError, Refusal, RefusedError, refusals

Model = TypeVar("Model", bound=BaseModel)

ID = re.compile(r"[1-9][0-9]{0,18}")
LARGEST = 2**63 - 1


async def form_fields(request: Request) -> dict[str, str]:
    """Return a form's fields as text; files are left out."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


Fields = Annotated[dict[str, str], Depends(form_fields)]
IdText = Annotated[str, Path(pattern=f"^{ID.pattern}$", description="an id, as a decimal string", examples=["42"])]


def number(text: str) -> int:
    """Return the id that an address or a form carries as text.

    Raises
    ------
    NotFoundError : it is not an id at all.
    """
    value = int(text) if ID.fullmatch(text) else 0
    if not 0 < value <= LARGEST:
        raise NotFoundError("there is nothing at this address")
    return value


class FormRefusedError(RefusedError):
    """Some fields of a form are not accepted; `refusals` says which, `accepted` each field's rule."""

    def __init__(self, refusals: list[Refusal], *, accepted: str = "") -> None:
        self.refusals = refusals
        super().__init__("a value is not accepted", where=", ".join(one.where for one in refusals), accepted=accepted)


def version_of(fields: Mapping[str, str]) -> int:
    """Return the version of a row that a form was filled from; 0, which no row has, when it says none."""
    seen = fields.get("version", "")
    return int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 10 else 0


def said_of(kind: str, given: str) -> str:
    """Return what a page says beside a field refused, from pydantic's type of error; never the value typed."""
    if not given.strip():
        return mark("fill in this field")
    if kind.startswith("date"):
        return mark("a day is expected, such as 2026-07-31")
    if kind == "int_parsing":
        return mark("a whole number is expected")
    if kind == "string_too_long":
        return mark("this text is too long")
    return mark("check this value")


def accept(model: type[Model], fields: Mapping[str, object]) -> Model:
    """Return what a form says, as a model; the CSRF token is left out.

    Raises
    ------
    FormRefusedError : a field is missing, unknown or not accepted.
    """
    try:
        return model.model_validate({name: value for name, value in fields.items() if name != "csrf"})
    except ValidationError as error:
        found = error.errors(include_input=False)
        rules = {one.where.split(".")[0]: one.what for one in refusals(found)}
        kinds = {str(one["loc"][0]): one["type"] for one in found if one["loc"]}
        said = [Refusal(where=place, what=said_of(kinds.get(place, ""), str(fields.get(place, "")))) for place in rules]
        raise FormRefusedError(said, accepted=", ".join(rules.values())) from None
