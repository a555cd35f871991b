"""What pages read of the records is read once for the same records, and again after any commit or decision."""

from data.consents import Consents
from data.home import Home
from data.store import RecordStore
from serving import sources
from serving.sources import StoreRecords
from tests.unit.small_records import NOW, TWO_LEARNERS, batch, enrolment, table

QUERY = "SELECT count(*) FROM enrolments"


class Counted:
    """A read that counts how often it is done."""

    def __init__(self):
        self.times = 0

    def __call__(self, con):
        self.times += 1
        return con.execute(QUERY).fetchone()[0]


def home_of(path):
    home = Home(path / "home").prepare()
    home.name_site("own")
    RecordStore(home).write_batch(batch(1, **TWO_LEARNERS))
    return home


def test_a_read_is_done_once_and_again_after_a_commit_by_anybody(tmp_path):
    home = home_of(tmp_path)
    records, read = StoreRecords(home), Counted()
    assert [records.kept("n", read) for _ in range(3)] == [2, 2, 2]
    assert read.times == 1
    assert records.kept("another key", read) == 2
    assert read.times == 2
    RecordStore(home).write_batch(batch(2, enrolments=table("enrolments", enrolment(33, learner_id=3))))
    with records.connect() as con:
        assert records.kept("n", read) == con.execute(QUERY).fetchone()[0] == 3
    assert read.times == 3


def test_a_learner_who_objects_is_not_read_from_what_was_kept(tmp_path):
    home = home_of(tmp_path)
    records, read = StoreRecords(home), Counted()
    assert records.kept("n", read) == 2
    Consents(home).record(1, "alerts", "objected", by="Somebody", at=NOW)
    with records.connect() as con:
        assert records.kept("n", read) == con.execute(QUERY).fetchone()[0]
    assert read.times == 2


def test_what_is_kept_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MOST_KEPT", 2)
    records, read = StoreRecords(home_of(tmp_path)), Counted()
    for key in (1, 2, 1, 3, 1, 2):
        records.kept(key, read)
    assert read.times == 4, "1 was asked for again: 2 went"
