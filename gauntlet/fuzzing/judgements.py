"""What we ask of every answer to a generated request, beyond its schema. Pure."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from gauntlet.breaches import held_resources
from gauntlet.privacy import found_in
from gauntlet.properties.search_model import fits, owner
from synthetic.population import Chart
from synthetic.strategies.search_rules import PARAMETERS, parameter_problems

FHIR_JSON = "application/fhir+json"
_INTERNALS = re.compile(
    r"Traceback|File \\?\"[^\"]+\", line \d|site-packages|\bat [\w.$]+\([\w.]+:\d+\)|\bselect\b.{1,80}\bfrom\b"
    r"|sqlite3?\.|psycopg|aiohttp|1\.2\.840\.114350|[A-Za-z]+(?:Error|Exception): ",
    re.IGNORECASE | re.DOTALL,
)
_NAMES_SOMEBODY = {"patient", "_id", "identifier", "family", "given", "birthdate"}


@dataclass(frozen=True)
class Exchanged:
    """One generated request with its answer; `path` is below the FHIR base."""

    method: str
    path: str
    query: str
    request_body: str
    status: int
    media_type: str
    body: bytes
    charts: Sequence[Chart]
    ehr: str  # host and port of the EHR, which nobody may be told

    @property
    def text(self) -> str:
        """The answer's body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The query's parameters, decoded."""
        return urllib.parse.parse_qsl(self.query, keep_blank_values=True)

    def resource(self) -> Mapping[str, Any] | None:
        """The answer as a resource, None when it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) and "resourceType" in found else None

    def delivered(self) -> list[Mapping[str, Any]]:
        """What a served request delivered: the resource, or the matches of a searchset."""
        found = self.resource() if self.status == 200 else None
        held = held_resources(found) if found else ()
        return [item for item in held if item["resourceType"] in PARAMETERS]


def errors_are_outcomes(seen: Exchanged) -> str:
    """Return what is wrong with an error answer, "" when nothing is."""
    if seen.status < 400 or seen.method == "HEAD":
        return ""
    resource = seen.resource()
    if seen.media_type != FHIR_JSON or resource is None or resource["resourceType"] != "OperationOutcome":
        return (
            f"an error of {seen.status} is no OperationOutcome in FHIR JSON but {seen.media_type}: {seen.text[:200]!r}"
        )
    return ""


def no_internals(seen: Exchanged) -> str:
    """Return which internals an error shows, "" when none."""
    if seen.status < 400:
        return ""
    found = _INTERNALS.search(seen.text)
    if found is None and seen.ehr not in seen.text:
        return ""
    shown = found[0][:80] if found else seen.ehr
    return f"an error of {seen.status} shows internals: {shown!r}"


def no_patient_data_in_errors(seen: Exchanged) -> str:
    """Return what of a chart an error tells beyond what was asked, "" when nothing."""
    if seen.status < 400:
        return ""
    asked = urllib.parse.unquote_plus(f"{seen.path} {seen.query} {seen.request_body}")
    for chart in seen.charts:
        found = _told(seen.text, chart)
        told = found - set(found_in(asked, chart)) if found else found
        if told:
            return f"an error of {seen.status} tells patient data: {', '.join(sorted(told))}"
    return ""


@lru_cache(maxsize=512)
def _told(text: str, chart: Chart) -> frozenset[str]:
    """Return what a text tells of a chart; most errors read the same."""
    return frozenset(found_in(text, chart))


def right_patient(seen: Exchanged) -> str:
    """Return whose record was delivered in place of the one asked for, "" when it is the right one."""
    kind, _, record_id = urllib.parse.unquote(seen.path).strip("/").partition("/")
    asked = {value.removeprefix("Patient/") for name, value in seen.pairs if name == "patient"}
    for item in seen.delivered():
        if record_id and (item["resourceType"], item.get("id")) != (kind, record_id):
            return f"{kind}/{record_id} was asked for and {item['resourceType']}/{item.get('id')} delivered"
        if asked and owner(item) not in asked:
            return f"records of {owner(item)} were delivered for {', '.join(sorted(asked))!r:.80}"
    return ""


def no_widening(seen: Exchanged) -> str:
    """Return which delivered record does not match the search, "" when all do."""
    kind = urllib.parse.unquote(seen.path).strip("/")
    delivered = seen.delivered() if seen.method == "GET" and kind in PARAMETERS else []
    if delivered and not {name for name, _ in seen.pairs} & _NAMES_SOMEBODY:
        return f"a search for nobody in particular found {len(delivered)} records"
    legal = [
        (name, value)
        for name, value in seen.pairs
        if not list(parameter_problems(PARAMETERS.get(kind, {}), name, value))
    ]
    plain = [(name, value) for name, value in legal if ":" not in name]
    for item in delivered:
        if item["resourceType"] != kind or fits(item, plain) is False:
            return f"{item['resourceType']}/{item.get('id')} does not match {urllib.parse.unquote(seen.query)!r:.200}"
    return ""


JUDGEMENTS: Mapping[str, Callable[[Exchanged], str]] = MappingProxyType(
    {
        judge.__name__: judge
        for judge in (errors_are_outcomes, no_internals, no_patient_data_in_errors, right_patient, no_widening)
    }
)
