"""The columns of a table are checked before the model reads it, by name and type, without MLflow's cost."""

import numpy as np
import pandas as pd
import pytest

from data.errors import ModelError
from serving.scoring.champion import Champion, checked

SIGNATURE = {"posts_30d": "double", "day_of_course": "long", "course_id": "string"}


def table(**changed):
    columns = {"posts_30d": [1.5, np.nan], "day_of_course": [3, 4], "course_id": ["AAA", "BBB"], "mentor": [1, 2]}
    return pd.DataFrame(columns | changed)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"posts_30d": [1, 2]},
        {"posts_30d": np.array([1, 2], dtype=np.float32)},
        {"course_id": pd.Series(["AAA", None], dtype=object)},
        {"course_id": pd.Series(["AAA", "BBB"], dtype="category")},
    ],
)
def test_what_the_model_can_read_is_let_through(changed):
    checked(table(**changed), SIGNATURE)
    assert Champion("filrouge", "1", {}, None, Echo(), SIGNATURE).predict(table(**changed)).index.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"posts_30d": ["few", "many"]}, "wrong type (posts_30d); accepted: double"),
        ({"posts_30d": pd.Series([None, 1.0], dtype=object)}, "wrong type (posts_30d); accepted: double"),
        ({"posts_30d": pd.Series([None, 1.0], dtype="Float64")}, "wrong type (posts_30d); accepted: double"),
        ({"posts_30d": pd.to_datetime(["2026-01-01", "2026-01-02"])}, "wrong type (posts_30d); accepted: double"),
        ({"posts_30d": [True, False]}, "wrong type (posts_30d); accepted: double"),
        ({"day_of_course": [3.0, 4.5]}, "wrong type (day_of_course); accepted: long"),
        ({"day_of_course": pd.Series([3, None], dtype="Int64")}, "wrong type (day_of_course); accepted: long"),
        ({"course_id": [1, 2]}, "wrong type (course_id); accepted: string"),
    ],
)
def test_a_column_of_another_type_is_refused_by_its_name_and_without_a_value(changed, told):
    with pytest.raises(ModelError) as error:
        Champion("filrouge", "1", {}, None, Echo(), SIGNATURE).predict(table(**changed))
    assert told in str(error.value)
    assert "many" not in str(error.value)


def test_a_column_missing_or_twice_is_refused():
    with pytest.raises(ModelError, match=r"lacks columns \(posts_30d, course_id\); accepted: double, string"):
        checked(table().drop(columns=["posts_30d", "course_id"]), SIGNATURE)
    with pytest.raises(ModelError, match=r"has columns twice \(posts_30d\)"):
        checked(pd.concat([table(), table()[["posts_30d"]]], axis=1), SIGNATURE)
    checked(pd.concat([table(), table()[["mentor"]]], axis=1), SIGNATURE)


class Echo:
    """A model that says the same of everybody."""

    def predict(self, frame, params):
        assert params == {"reasons": True}
        return pd.DataFrame({"probability": np.full(len(frame), 0.5)})
