"""Records written by another version are refused in one line."""

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from data.errors import StoreError
from data.home import Home
from data.store import RecordStore


def test_a_table_without_a_column_of_today_is_refused(tmp_path):
    home = Home(tmp_path).prepare()
    write_deltalake(str(home.records / "sessions"), pa.table({"session_id": ["A"], "organisation": ["default"]}))
    with pytest.raises(StoreError, match="another version"):
        RecordStore(home).connect({"sessions": 0})
