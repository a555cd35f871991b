"""What a page says beside a field that a form refuses: by what was typed, never the value itself."""

from datetime import date

import pytest
from pydantic import BaseModel, Field

from serving.forms import FormRefusedError, accept


class Sheet(BaseModel):
    day: date = date(2026, 6, 15)
    n: int = 1
    words: str = Field("a", min_length=1, max_length=5)
    code: str = Field("a", pattern="^[a-z]$")


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("day", "", "fill in this field"),
        ("words", "", "fill in this field"),
        ("day", "2026-13-45", "a day is expected, such as 2026-07-31"),
        ("day", "hier", "a day is expected, such as 2026-07-31"),
        ("n", "dix", "a whole number is expected"),
        ("words", "trop long", "this text is too long"),
        ("code", "A", "check this value"),
    ],
)
def test_a_field_refused_says_what_is_expected_there(field, typed, said):
    with pytest.raises(FormRefusedError) as refused:
        accept(Sheet, {field: typed})
    assert [(one.where, one.what) for one in refused.value.refusals] == [(field, said)]
