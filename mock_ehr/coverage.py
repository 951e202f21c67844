"""How faithful a double is, as a page: every known fact of the vendor, whether it is done, its switch and its test.

A vendor's folder has `facts.toml`:

    name = "Epic"
    about = "What the page says first."
    tests = "tests/mock_ehr/vendors/epic"    # where the tests below are, unless they give a path with a slash

    [sources]                                # key -> what it is
    E1 = "..."

    [[fact]]
    section = "1.3 Content negotiation and headers"
    text = "..."
    confidence = "seen"                      # one of CONFIDENCES
    sources = ["E1"]
    state = "done"                           # one of STATES
    switches = ["xml_by_default"]            # fields of the vendor's dataclass of switches
    tests = ["test_dialect.py::test_xml"]    # with every fact that is done, in part or for a switch
    note = "..."                             # a must with part, absent and elsewhere

`python -m mock_ehr.coverage epic > docs/mock-epic.md` writes the page.
"""

from __future__ import annotations

import ast
import inspect
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from itertools import groupby
from pathlib import Path
from typing import Any

CONFIDENCES = {
    "seen": "seen in the vendor's documentation, a recorded answer or client code with fixtures",
    "reported": "reported by third parties",
    "recalled": "recollection only",
    "gap": "not found anywhere: ours is a choice and claims no fidelity",
}
STATES = {
    "done": "yes",
    "part": "in part",
    "absent": "no",
    "elsewhere": "not the mock's to do",
}
TESTED = ("done", "part")


class FactSheetError(ValueError):
    """A fact sheet that cannot be used; the message says which fact and why."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about the vendor and what became of it."""

    section: str
    text: str
    confidence: str
    state: str
    sources: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A vendor's fact sheet. `tests` is the folder of its tests."""

    name: str
    about: str
    tests: str
    sources: Mapping[str, str]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch: its name, its default as `--quirk` takes it, and what it says about itself."""

    name: str
    default: str
    text: str = field(default="")


def read_sheet(data: str) -> Sheet:
    """Return the fact sheet in the TOML text `data`. Raises FactSheetError."""
    raw = tomllib.loads(data)
    sources = raw["sources"]
    facts = tuple(read_fact(row, sources) for row in raw["fact"])
    return Sheet(raw["name"], raw["about"], raw["tests"], sources, facts)


def read_fact(row: Mapping[str, Any], sources: Mapping[str, str]) -> Fact:
    """Return one fact. Raises FactSheetError."""
    known = tuple(spec.name for spec in fields(Fact))
    listed: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    try:
        fact = Fact(**listed)
    except TypeError as error:
        raise FactSheetError(f"{row.get('text')!r}: {error}; valid: {', '.join(known)}") from error
    for wrong, reason in (
        (fact.confidence not in CONFIDENCES, f"confidence {fact.confidence!r}; valid: {', '.join(CONFIDENCES)}"),
        (fact.state not in STATES, f"state {fact.state!r}; valid: {', '.join(STATES)}"),
        (bool(set(fact.sources) - sources.keys()), f"sources {fact.sources}; valid: {', '.join(sources)}"),
        (fact.confidence != "gap" and not fact.sources, "no source"),
        (fact.state in TESTED and not fact.tests, "no test shows it"),
        (fact.state != "done" and not fact.note, "no note says what is missing, or why"),
    ):
        if wrong:
            raise FactSheetError(f"{fact.text!r}: {reason}")
    return fact


def read_switches(switches: type) -> tuple[Switch, ...]:
    """Return the fields of a vendor's dataclass of switches, inherited ones too, with the docstring below each."""
    texts: dict[str, str] = {}
    for part in switches.__mro__[:-1]:
        body = ast.parse(inspect.getsource(part)).body[0]
        assert isinstance(body, ast.ClassDef)  # noqa: S101 - narrows the type: the source of a class is one
        for statement, following in zip(body.body, body.body[1:], strict=False):
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                texts.setdefault(statement.target.id, docstring(following))
    return tuple(Switch(spec.name, shown(spec.default), texts.get(spec.name, "")) for spec in fields(switches))


def docstring(statement: ast.stmt) -> str:
    """Return the text of a statement that is nothing but a text, on one line; "" for any other."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return " ".join(str(statement.value.value).split())
    return ""


def shown(default: object) -> str:
    """Return a default as `--quirk NAME=VALUE` takes it."""
    if isinstance(default, tuple):
        return ",".join(default)
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_path(sheet: Sheet, test: str) -> str:
    """Return where a test is, from the root of the repository."""
    return test if "/" in test.partition("::")[0] else f"{sheet.tests}/{test}"


def page(sheet: Sheet, switches: Iterable[Switch], command: str) -> str:
    """Return the page in Markdown."""
    return "\n".join([*head(sheet, command), *sections(sheet), *switch_table(switches), *source_table(sheet)]) + "\n"


def head(sheet: Sheet, command: str) -> Iterator[str]:
    """Yield the beginning: what this is, how to read it, and how much there is."""
    yield f"# What the mock {sheet.name} does, fact by fact"
    yield ""
    yield f"<!-- Written by `{command}`; edit facts.toml instead. -->"
    yield ""
    yield sheet.about
    yield ""
    yield "| In the mock | Facts |"
    yield "|---|---|"
    for state, word in STATES.items():
        yield f"| {word} | {sum(fact.state == state for fact in sheet.facts)} |"
    yield ""
    yield "How sure a fact is:"
    yield ""
    yield from (f"- **{name}**: {meaning}" for name, meaning in CONFIDENCES.items())


def sections(sheet: Sheet) -> Iterator[str]:
    """Yield a table for each section."""
    for section, facts in groupby(sheet.facts, lambda fact: fact.section):
        yield from (
            "",
            f"## {section}",
            "",
            "| Fact | How sure | In the mock | Switch | Test |",
            "|---|---|---|---|---|",
        )
        for fact in facts:
            sure = ", ".join((fact.confidence, *fact.sources))
            state = STATES[fact.state] + (f": {fact.note}" if fact.note else "")
            tests = "<br>".join(f"`{test_path(sheet, test)}`" for test in fact.tests)
            names = "<br>".join(f"`{name}`" for name in fact.switches)
            yield "| " + " | ".join(cell(text) for text in (fact.text, sure, state, names, tests)) + " |"


def switch_table(switches: Iterable[Switch]) -> Iterator[str]:
    """Yield the table of switches."""
    yield from ("", "## Switches", "", "`--quirk NAME=VALUE` changes one.", "", "| Switch | Default | What it does |")
    yield "|---|---|---|"
    for switch in switches:
        default = f"`{switch.default}`" if switch.default else "(none)"
        yield f"| `{switch.name}` | {cell(default)} | {cell(switch.text)} |"


def source_table(sheet: Sheet) -> Iterator[str]:
    """Yield the table of sources."""
    yield from ("", "## Sources", "", "| Key | Source |", "|---|---|")
    yield from (f"| {key} | {cell(text)} |" for key, text in sheet.sources.items())


def cell(text: str) -> str:
    """Return text as the cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def vendor_page(vendor: str) -> str:
    """Return the page of a vendor of the table of vendors. Raises KeyError for an unknown one and FactSheetError."""
    from mock_ehr.vendors import VENDORS  # noqa: PLC0415 - the vendors need not be loaded to read a sheet

    switches = VENDORS[vendor].switches
    sheet = read_sheet((Path(inspect.getfile(switches)).parent / "facts.toml").read_text(encoding="utf-8"))
    return page(sheet, read_switches(switches), f"python -m mock_ehr.coverage {vendor} > docs/mock-{vendor}.md")


def main(arguments: list[str]) -> int:
    """Write the page of the vendor that is named; 2 when there is none of that name."""
    from mock_ehr.vendors import VENDORS  # noqa: PLC0415 - as above

    if len(arguments) != 1 or arguments[0] not in VENDORS:
        sys.stderr.write(f"python -m mock_ehr.coverage VENDOR: got {arguments}; valid: {', '.join(VENDORS)}\n")
        return 2
    sys.stdout.write(vendor_page(arguments[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
