"""What the documents say exists: commands, targets, links; the changelog knows the version."""

import re
import tomllib
from pathlib import Path

import pytest
import typer

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CODE = re.compile(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)


def name(path):
    return path.relative_to(ROOT).as_posix()


def code(path):
    text = path.read_text(encoding="utf-8")
    return [line.strip() for block in CODE.findall(text) for line in (block[0] or block[1]).splitlines()]


@pytest.fixture(scope="module")
def command():
    from filrouge import build

    return typer.main.get_command(build())


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_make_target_named_exists(path):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {match[1] for line in code(path) if (match := re.match(r"make ([a-z][a-z-]*)", line))}
    assert named <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_filrouge_command_named_exists_with_its_options(path, command):
    for line in code(path):
        if not re.match(r"(\.venv/bin/)?filrouge [a-z]", line):
            continue
        here, words = command, line.split("#")[0].split()[1:]
        while words and words[0] in getattr(here, "commands", {}):
            here = here.commands[words.pop(0)]
        assert here is not command, line
        options = {option for parameter in here.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word.split("=")[0] for word in words if word.startswith("--")} <= options | {"--help"}, line


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_relative_link_leads_somewhere(path):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_the_readme_names_both_commands_and_every_folder():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for word in ("make run", "make test", "data/", "features/", "training/", "serving/", "monitoring/", "docs/"):
        assert word in text


def test_the_changelog_knows_the_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_decision_records_are_numbered_without_a_gap_and_quote_their_decision():
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    assert all("**Decision.** *" in path.read_text(encoding="utf-8") for path in records)
