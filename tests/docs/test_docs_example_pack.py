"""The pack shown in docs/examples is whole, small, and names nobody."""

import json
from pathlib import Path

from serving.quality.packs import folder, manifest

PACK = Path(__file__).parents[2] / "docs" / "examples" / "pack"


def test_the_pack_of_the_example_is_as_its_manifest_says():
    files = folder.read(PACK)
    assert {"dossier.pdf", "dossier.xlsx", "csv/register.csv", "csv/sample.csv", "csv/chains.csv"} <= set(files)
    assert manifest.checked(files).broken == ()
    assert sum(len(body) for body in files.values()) < 2_000_000


def test_the_pack_of_the_example_holds_references_and_an_intact_journal():
    told = json.loads((PACK / "manifest.json").read_text(encoding="utf-8"))
    assert (told["named"], told["journal"]["intact"]) == (False, True)
    assert "A-" in (PACK / "csv" / "register.csv").read_text(encoding="utf-8-sig")
