"""Rules across resources: what a chart's resources say together, and whether what they name exists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple, Protocol

from synthetic.chart import Chart
from synthetic.directory import SHARED_TYPES, Directory
from synthetic.edge_cases.paths import Json
from synthetic.patient import MRN_SYSTEM
from synthetic.population import Population
from synthetic.r4.problem import Problem
from synthetic.r4.references import CONDITIONAL, RELATIVE
from synthetic.r4.times import surely_after
from synthetic.resource import Resource


class Everybody(Protocol):
    """Whom an id or a number belongs to, and who is in the directory."""

    def locate(self, resource_type: str, id: str) -> int | None:  # noqa: A002 - FHIR's own word
        """The index of the chart of an id."""

    def locate_mrn(self, mrn: str) -> int | None:
        """The index of the chart of a medical record number."""

    def directory(self) -> Directory:
        """What charts share."""


class Found(NamedTuple):
    """A problem of one resource, `Type/id`."""

    resource: str
    problem: Problem


Bodies = list[tuple[Resource, Json]]
_SUBJECTS = re.compile(r"subject|patient|beneficiary|participant\[\d+\]\.actor")
_LONG_AGO = "1800"
_NOT_HAPPENED = ("planned", "cancelled", "entered-in-error")


def contradictions(chart: Chart, patient: Json, bodies: Bodies, everybody: Everybody) -> Iterator[Found]:
    """What the resources of a chart say against its `patient` and each other, or name in vain.

    Rules: duplicate-id, conditional-reference, dangling-reference, foreign-subject, foreign-reference,
    foreign-number, before-birth, after-death, future-date, end-before-start, mangled-text.
    """
    yield from duplicate_ids(chart)
    directory = everybody.directory()
    for resource, body in bodies:
        found = chain(
            reference_problems(body, chart, everybody, directory),
            life_problems(body, patient),
            number_problems(body, chart, everybody),
            () if resource.json.isascii() else mangled_texts(body),
        )
        for problem in found:
            yield Found(resource.reference, problem.under(resource.type))


def duplicate_ids(chart: Chart) -> Iterator[Found]:
    """Resources of the same type and id."""
    for reference, count in Counter(resource.reference for resource in chart.resources).items():
        if count > 1:
            kind = reference.partition("/")[0]
            yield Found(reference, Problem(f"{kind}.id", "duplicate-id", f"{count} resources have this type and id"))


def texts_within(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text below a value, with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from texts_within(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from texts_within(item, f"{path}[{place}]")


def references(body: Json) -> Iterator[tuple[str, str]]:
    """Every literal reference of a resource, with the path of the element that has it."""
    for path, text in texts_within(body):
        if path.endswith(".reference"):
            yield path.removesuffix(".reference"), text


def reference_problems(body: Json, chart: Chart, everybody: Everybody, directory: Directory) -> Iterator[Problem]:
    """References to what is not there or is somebody else's; absolute and contained ones are not looked at."""
    for path, literal in references(body):
        if CONDITIONAL.fullmatch(literal):
            yield Problem(path, "conditional-reference", f"{literal!r} is a search; only a transaction may have one")
        elif RELATIVE.fullmatch(literal):
            kind, resource_id = literal.split("/")[:2]
            if chart.find(kind, resource_id) is None:
                yield from stray_reference(path, kind, resource_id, everybody, directory)


def stray_reference(
    path: str, kind: str, resource_id: str, everybody: Everybody, directory: Directory
) -> Iterator[Problem]:
    """What is wrong with a reference that leads out of the chart."""
    if kind in SHARED_TYPES:
        if directory.find(kind, resource_id) is None:
            yield Problem(path, "dangling-reference", f"there is no {kind}/{resource_id}")
    elif everybody.locate(kind, resource_id) is None:
        yield Problem(path, "dangling-reference", f"there is no {kind}/{resource_id}")
    elif not path.startswith("link["):  # records may point to each other across patients
        rule = "foreign-subject" if _SUBJECTS.fullmatch(path) else "foreign-reference"
        yield Problem(path, rule, f"{kind}/{resource_id} is in the chart of another patient")


def life_problems(body: Json, patient: Json) -> Iterator[Problem]:
    """Times in the wrong order: visits outside of a life, births to come, ends before starts."""
    kind, birth, death = body["resourceType"], patient.get("birthDate", _LONG_AGO), patient.get("deceasedDateTime")
    if kind == "Patient" and surely_after(body.get("birthDate", _LONG_AGO), Population.now):
        yield Problem("birthDate", "future-date", f"{body['birthDate']} is after {Population.now}")
    if (
        kind in ("Appointment", "Slot")
        and "start" in body
        and "end" in body
        and surely_after(body["start"], body["end"])
    ):
        yield Problem("end", "end-before-start", f"{body['end']} is before {body['start']}")
    start = body.get("period", {}).get("start")
    if kind != "Encounter" or start is None or body["status"] in _NOT_HAPPENED:
        return
    if surely_after(birth, start) and not surely_after(birth, Population.now):
        yield Problem("period.start", "before-birth", f"{start} is before the birth on {birth}")
    if death is not None and surely_after(start, death):
        yield Problem("period.start", "after-death", f"{start} is after the death on {death}")


def number_problems(body: Json, chart: Chart, everybody: Everybody) -> Iterator[Problem]:
    """Medical record numbers of this hospital that are somebody else's."""
    if body["resourceType"] != "Patient":
        return
    for place, number in enumerate(body.get("identifier", ())):
        if number.get("system") == MRN_SYSTEM and everybody.locate_mrn(number["value"]) not in (None, chart.index):
            yield Problem(f"identifier[{place}]", "foreign-number", "this is the number of another patient")


def mangled_texts(body: Json) -> Iterator[Problem]:
    """Texts whose UTF-8 was read as Windows-1252 and written again."""
    for path, text in texts_within(body):
        if not text.isascii() and unmangled(text) not in (None, text):
            yield Problem(path, "mangled-text", f"{text!r} reads as {unmangled(text)!r} in the right character set")


def unmangled(text: str) -> str | None:
    """What a text was before its UTF-8 was read as Windows-1252; None when that cannot have happened.

    Only European letters and typographic marks are believed: read in this way, POSPÍŠIL has a letter of no name.
    """
    try:
        was = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return None
    return was if all(character <= "\u017f" or "\u2010" <= character <= "\u2027" for character in was) else None
