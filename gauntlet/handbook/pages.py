"""All generated pages by their path below docs/, and writing them."""

from __future__ import annotations

import tomllib
from pathlib import Path

from gauntlet import places
from gauntlet.checklist import list_checks
from gauntlet.defects import list_defects
from gauntlet.handbook.requirement_pages import Sources, index, page
from gauntlet.handbook.target_reference import target_reference
from gauntlet.requirement import load_catalogue
from gauntlet.target_model import TargetFile

FOLDER = "requirements"
TARGET_FILE = "target-file.md"


def pages() -> dict[str, str]:
    """Return every generated page: path below docs/ to its text. Raises HarnessError when the suite is broken."""
    table = places.bundled("suites") / "requirements.toml"
    catalogue = load_catalogue(table)
    sources = Sources(
        catalogue=catalogue,
        checks=list_checks(),
        defects={defect.name: defect.summary for defect in list_defects()},
        fixing=tomllib.loads(table.read_text(encoding="utf-8"))["fixing"],
    )
    found = {f"{FOLDER}/{row.id}.md": page(row, sources) for row in catalogue.requirements.values()}
    return {**found, f"{FOLDER}/README.md": index(sources), TARGET_FILE: target_reference(TargetFile)}


def write_pages(docs: Path) -> None:
    """Write the pages below `docs`, and remove pages of requirements that are no more."""
    found = pages()
    for path in (docs / FOLDER).glob("*.md"):
        if f"{FOLDER}/{path.name}" not in found:
            path.unlink()
    for name, text in found.items():
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(text, encoding="utf-8")
