"""The generated pages are what the tables and models say today."""

import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from gauntlet.handbook.pages import pages, write_pages
from gauntlet.handbook.requirement_pages import Sources, index, page
from gauntlet.handbook.target_reference import target_reference
from gauntlet.placeholder import NAMES
from tests.gauntlet.samples import catalogue

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def generated():
    return pages()


def test_the_pages_are_up_to_date(generated):
    stale = [name for name, text in generated.items() if not same(DOCS / name, text)]
    gone = [path.name for path in (DOCS / "requirements").glob("*.md") if f"requirements/{path.name}" not in generated]
    assert not stale + gone, "run: python -m gauntlet.handbook docs"


def same(path, text):
    return path.is_file() and path.read_text(encoding="utf-8") == text


def test_every_family_has_advice():
    table = tomllib.loads((ROOT / "suites" / "requirements.toml").read_text(encoding="utf-8"))
    assert table["fixing"].keys() == table["families"].keys()


def test_every_requirement_has_advice_of_its_own(generated):
    table = tomllib.loads((ROOT / "suites" / "requirements.toml").read_text(encoding="utf-8"))
    advice = {row["id"]: row.get("fix", "").strip() for row in table["requirement"]}
    assert [row for row, text in advice.items() if len(text) < 40 or not text.endswith(".")] == []
    assert len({*advice.values()}) == len(advice)
    for row, text in advice.items():
        assert f"## How to fix it\n\n{text}\n" in generated[f"requirements/{row}.md"]


def test_every_page_says_all_there_is_to_say(generated):
    for name, text in generated.items():
        if name.startswith("requirements/") and "README" not in name:
            for heading in ("## Why", "## How it is judged", "## What trips it", "## How to fix it"):
                assert heading in text, name
            assert "no longer there" not in text, name


def test_a_page():
    check = {"requirement": "CON-01", "title": "It holds", "description": "What\n\nWhy", "tripped_by": ["skips"]}
    sources = Sources(
        catalogue(CON03="later, 2026-11-21"),
        [{**check, "check": "a/test_b.py::test_c[x]"}, {**check, "check": "a/test_b.py::test_c[y]"}],
        {"skips": "does not do it"},
        {"CON": "Do it.", "IDE": "", "LOD": ""},
    )
    text = page(sources.catalogue.requirements["CON-01"], sources)
    assert text.count("### It holds") == 1
    for part in ("> text of CON-01", "Cases: `x`, `y`.", "* `skips`: does not do it", "Do it.", "--only CON-01"):
        assert part in text
    bare = page(sources.catalogue.requirements["CON-03"], sources)
    assert "Not judged yet: later, 2026-11-21." in bare
    assert "| [CON-01](CON-01.md) | MUST | core | 2 | text of CON-01 |" in index(sources)
    assert "| [CON-03](CON-03.md) | MUST | core | none | text of CON-03 |" in index(sources)


class Inner(BaseModel):
    """A table inside."""

    rate: float = Field(1.0, gt=0, le=9, description="how fast | how slow")
    names: list[str] = Field(default_factory=list)


class Nothing(BaseModel):
    """Without parameters."""

    model_config = {"extra": "forbid"}


class Outer(BaseModel):
    """A table."""

    word: str
    flag: bool = True
    inner: Inner = Inner()
    nothing: Nothing | None = None
    several: list[Inner] = Field(default_factory=list)


class File(BaseModel):
    """A file."""

    outer: Outer


def test_a_reference():
    text = target_reference(File)
    for part in (
        "## `[outer]`\n\nA table.",
        "| `word` | text | required |  |",
        "| `flag` | true or false | `true` |  |",
        "## `[outer.inner]`\n\nA table inside.",
        "| `rate` | number, more than 0, at most 9 | `1.0` | how fast \\| how slow |",
        "| `names` | list of text | absent |  |",
        "## `[outer.nothing]`\n\nWithout parameters.",
        "## `[[outer.several]]`",
    ):
        assert part in text
    assert all(f"`{{{name}}}`" in text for name in NAMES)


def test_the_target_file_s_tables_are_all_there(generated):
    text = generated["target-file.md"]
    for table in ("[gateway.launch]", "[[ehr]]", "[claims.throttling]", "[observe.audit]", "[checks]", "[[waiver]]"):
        assert f"## `{table}`" in text


def test_pages_of_requirements_that_are_no_more_are_removed(tmp_path):
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "OLD-01.md").write_text("old")
    write_pages(tmp_path)
    assert not (tmp_path / "requirements" / "OLD-01.md").exists()
    assert (tmp_path / "requirements" / "AUT-02.md").is_file()
