"""Every feature has a worked example in tests/spec, and the reference page shows it."""

from docs.feature_pages import features_page
from features.catalog import catalog
from tests.spec.cases import cases, example_of


def test_every_feature_has_an_example_and_every_example_a_feature():
    assert set(example_of()) == set(catalog())


def test_examples_are_read_from_the_tests_themselves():
    titles = [case.title for case in cases()]
    assert len(set(titles)) == len(titles)
    (case,) = [case for case in cases() if case.test == "test_silence_after_answering"]
    assert case.checks[1] == (51, "who  surveys_unanswered_after_answering\n1    1\n2    -")
    assert set(case.records) == {"enrolments", "surveys", "survey_answers"}


def test_the_page_leads_from_every_feature_to_its_example():
    page = features_page()
    for name, case in example_of().items():
        assert f"| [`{name}`](#{case.title.replace(' ', '-')}) | " in page
        assert f"\n## {case.title}\n" in page
