"""The rules of the house, held by tests rather than by memory."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("data", "features", "training", "serving", "monitoring")
SOURCES = [ROOT / "filrouge.py", *sorted(p for name in PACKAGES for p in (ROOT / name).rglob("*.py"))]
LISTING = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
TRACKED = subprocess.run(LISTING, cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()
assert TRACKED, "these rules read the list of files that git tracks"
VAGUE = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}
AT_THE_ROOT = {
    "data", "features", "training", "serving", "monitoring", "tests", "docs", ".ci", "Makefile", "pyproject.toml",
    "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "filrouge.py", ".gitignore", ".pre-commit-config.yaml",
    "requirements.txt", "requirements-dev.txt", "requirements-bootstrap.in", "requirements-bootstrap.txt",
    "requirements-ralph.in", "requirements-ralph.txt", "requirements-spark.in", "requirements-spark.txt",
}  # fmt: skip


def functions(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def short(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_a_file_is_never_over_400_lines_nor_a_function_over_40(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    if "migrations" in path.parts:
        return
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions(path) if f.end_lineno - f.lineno + 1 > 40}
    assert not long


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_public_things_have_a_docstring_and_files_have_a_plain_name(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if "migrations" not in path.parts:
        assert ast.get_docstring(tree), "the module says what it is for"
    assert path.stem not in VAGUE
    public = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")]
    assert not [n.name for n in public if not ast.get_docstring(n)] or "migrations" in path.parts


def test_the_root_holds_only_what_belongs_there():
    assert {name.split("/")[0] for name in TRACKED} <= AT_THE_ROOT


def test_tests_are_no_packages():
    assert not list((ROOT / "tests").rglob("__init__.py"))


def text_files():
    for name in TRACKED:
        path = ROOT / name
        if path.is_file() and path.stat().st_size < 2_000_000:
            try:
                yield name, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def test_no_file_names_a_registry_nor_a_path_of_one_machine():
    registry = re.compile(
        r"index-url[ =]+\S*://|https?://\S+/simple\b|https?://\S+/packages/[0-9a-f]{2}/|\"resolved\": *\"http"
    )
    machine = re.compile(r"(?<![\w.])/(?:work|farm|root|home)/[A-Za-z.]")
    found = [name for name, text in text_files() if registry.search(text) or machine.search(text)]
    assert [name for name in found if name != short(Path(__file__))] == []


def test_oulad_is_never_committed():
    oulad = {
        "studentInfo.csv",
        "studentVle.csv",
        "studentRegistration.csv",
        "studentAssessment.csv",
        "vle_interactions_30day.parquet",
    }
    assert not [
        n for n in TRACKED if Path(n).name in oulad and (ROOT / n).exists() and (ROOT / n).stat().st_size > 20_000
    ]


def test_every_pinned_package_has_a_hash_and_every_dependency_is_pinned():
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, dependencies in (
        ("requirements.txt", wanted["dependencies"]),
        ("requirements-dev.txt", wanted["dependencies"] + wanted["optional-dependencies"]["dev"]),
    ):
        blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text(encoding="utf-8"))
        pinned = {re.match(r"[\w.-]+", block)[0] for block in blocks}
        assert {re.match(r"[\w.-]+", d)[0] for d in dependencies} <= pinned
        assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_ours_and_found_at_the_root(package):
    module = __import__(package)
    assert Path(module.__file__).parent == ROOT / package
