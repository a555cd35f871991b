"""The guide that says how to add a feature, done to the letter in a copy of the repository."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "add-a-feature.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the code in which the guide's three blocks are added where it says."""
    root = tmp_path_factory.mktemp("copy")
    skipped = shutil.ignore_patterns("__pycache__", "sample", "images")
    for folder in ("data", "features", "docs", "tests/spec"):
        shutil.copytree(ROOT / folder, root / folder, ignore=skipped)
    function, entry, spec = (text for _, text in BLOCKS)
    for path, text in (
        ("features/community.py", function),
        ("features/catalog.toml", entry),
        ("tests/spec/test_spec_community.py", spec),
    ):
        assert f"`{path}`" in GUIDE
        with (root / path).open("a", encoding="utf-8") as file:
            file.write("\n\n" + text)
    return root


def run(copy, *command):
    done = subprocess.run([sys.executable, *command], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_blocks_are_a_function_an_entry_and_an_example():
    assert [language for language, _ in BLOCKS] == ["python", "toml", "python"]


def test_the_column_is_in_the_table_and_the_example_holds(copy):
    script = (
        "from tests.spec.test_spec_community import test_days_with_a_post as example; example()\n"
        "from tests.spec.records_in import records, table\n"
        "print(table(records(enrolments='who\\n1', posts='who day\\n1 3'), 9, None)['post_days_14d'].tolist())"
    )
    assert run(copy, "-c", script).strip() == "[1.0]"


def test_the_sentence_and_the_reference_page_have_it(copy):
    script = (
        "from docs.feature_pages import features_page; from features.catalog import sentence\n"
        "print(sentence('post_days_14d', 2)); print(features_page())"
    )
    said = run(copy, "-c", script)
    assert said.startswith("messages dans la communauté 2 jours sur les 14 derniers\n")
    assert (
        "| [`post_days_14d`](#days-with-a-post) | Different days of the last 14 with a post. | days | 14 days |" in said
    )
