"""The quality team's sheets and lists: names only when asked for, their days, and pages that stay light."""

from dataclasses import replace

from tests.api import quality_seed as work
from tests.api.quality_seed import entries


def test_the_register_of_downloads_and_names_only_when_asked(browser, send, year):
    client = browser("qualite")
    for path, key in (
        ("gaps", "missing-proofs"), ("appointments", "appointments"), ("improvements", "improvements"),
        ("complaints", "complaints"), ("surveys", "surveys"),
    ):  # fmt: skip
        plain, named = (send(client, f"/quality/{path}/csv", told) for told in ({}, {"names": "yes"}))
        assert len({len(row) for row in work.table_of(plain)}) == 1
        assert len(work.table_of(plain)) == len(work.table_of(named))
        assert work.WORDS not in plain.text
        assert plain.text == send(client, f"/quality/{path}/csv").text, "the same data, the same bytes"
        assert f'filename="{key}-2026-06-15.csv"' in plain.headers["content-disposition"]
    told = entries(year, "sheet_exported")
    assert [(details["sheet"], details["names"]) for *_, details in told[-3:]] == [
        ("surveys", False), ("surveys", True), ("surveys", False),
    ]  # fmt: skip
    assert work.WORDS in send(client, "/quality/complaints/csv", {"names": "yes"}).text
    nothing = work.table_of(
        send(client, "/quality/complaints/csv", {"from_on": "2020-01-01", "until_on": "2020-12-31"})
    )
    assert len(nothing) == 1


def test_sheets_keep_to_their_days_and_call_nobody_by_name_without_a_directory(site, year):
    from serving.language import Speech
    from serving.quality.complaints.sheet import sheet as complaints
    from serving.quality.improvements.sheet import sheet as improvements
    from serving.quality.proofs.sheet import sheet as proofs
    from serving.quality.scope import Scope
    from serving.quality.surveys.sheet import sheet as surveys

    with year.database.read() as session:
        scope = Scope(session, Speech("fr", year.clock.zone), year.words, year.records, None, work.ago(40),
                      work.ago(1), work.TODAY)  # fmt: skip
        until = replace(scope, until_on=work.TODAY)
        assert [row[4] for row in complaints(scope).rows] == [work.ago(1), work.ago(2)], "today's is not told"
        assert improvements(scope).rows == (), "written down today"
        assert [row[5] for row in improvements(until).rows] == [None] * 3
        assert [row[5] for row in improvements(replace(until, directory=year.directory)).rows] == ["Paul"] * 3
        assert len(proofs(scope).rows) > 8
        assert {row[4] for row in surveys(scope).rows} == {work.ago(40), work.ago(9)}, "the end, a month after"
        for build in (complaints, improvements, proofs, surveys):
            told = build(until)
            assert {len(row) for row in told.rows} == {len(told.columns)}
            assert told == build(until)


def test_a_few_hundred_lines_keep_every_page_light(browser, app, site):
    work.fill(site, people=300, complaints=300, improvements=300)
    app.state.site = replace(site, records=work.SurveyedRecords(300))
    client = browser("qualite")
    for path in ("/quality", "/quality/surveys", "/quality/improvements", "/quality/complaints"):
        page = client.get(path)
        assert "Page 1 sur " in page.text, path
        assert len(page.content) < 100_000, path
        assert client.get(f"{path}?page=2").status_code == 200
