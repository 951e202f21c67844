"""What a search may say: parameters by an allow-list, one patient, nothing that widens or reaches further.

Unknown parameters are refused; with Prefer: handling=lenient they are left out and link[self] shows what was used
(http://hl7.org/fhir/R4/search.html#errors). What could reach another patient is refused always.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from reference_gateway import search_dates
from reference_gateway.paging import PARAMETER as PAGE
from reference_gateway.refusal import Refusal, invalid
from reference_gateway.search_parameters import PARAMETERS, Parameter, required

DEFAULT_COUNT = 100
LARGEST_COUNT = 500
_MOST_PARAMETERS = 30
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_FORMATS = ("json", "application/json", "application/fhir+json")

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Search:
    """A checked search: its filters as sent, without the patient; how many matches a page may hold."""

    resource_type: str
    patient: str | None
    filters: Pairs
    count: int
    page: str | None = None

    def ehr_query(self) -> Pairs:
        """Return the query for the EHR."""
        table = PARAMETERS[self.resource_type]
        owner = (("patient", self.patient),) if self.patient and self.resource_type != "Patient" else ()
        forwarded = tuple(_for_ehr(name, value) for name, value in self.filters if table[name].forwarded)
        return (*owner, *forwarded, ("_count", str(self.count)))

    def used(self) -> Pairs:
        """Return the parameters that were used, as link[self] shows them."""
        owner = (("patient", self.patient),) if self.patient and self.resource_type != "Patient" else ()
        return (*owner, *self.filters, ("_count", str(self.count)))


class SearchRules:
    """Reads the query of a search."""

    def read(self, resource_type: str, raw_query: str, prefer: str) -> Search:
        """Return the checked search. Raises Refusal 400 (406 for another format)."""
        pairs = parse_query(raw_query)
        if any(name == PAGE for name, _ in pairs):
            return self.next_page(resource_type, pairs)
        patient, count, filters = None, DEFAULT_COUNT, []
        for name, value in self.known(resource_type, pairs, lenient="handling=lenient" in prefer.replace(" ", "")):
            if name == "_format":
                _check_format(value)
            elif name == "_count":
                count = _count(value)
            elif name == "patient":
                patient = self.patient(value)
            else:
                self.check_value(name, PARAMETERS[resource_type][name], value)
                filters.append((name, value))
        if resource_type == "Patient":
            patient = next((value for name, value in filters if name == "_id"), None)
        return Search(resource_type, patient, tuple(filters), count)

    def limited_to(self, search: Search, patient: str | None) -> Search:
        """Return the search limited to a patient. Raises Refusal 400 when it lacks what the EHR needs."""
        if search.resource_type == "Patient" and patient and not search.patient:
            search = replace(search, filters=(("_id", patient), *search.filters))
        search = replace(search, patient=patient)
        given = {name for name, _ in search.used()}
        combinations = required(search.resource_type)
        if not any(given.issuperset(names) for names in combinations):
            texts = " or ".join("+".join(names) for names in combinations)
            raise invalid(f"a search of {search.resource_type} needs {texts}", code="required")
        return search

    def known(self, resource_type: str, pairs: Pairs, *, lenient: bool) -> Iterable[tuple[str, str]]:
        """Return the pairs that are served. Raises Refusal 400 for others unless lenient, and for repetitions."""
        table = PARAMETERS[resource_type]
        used: list[tuple[str, str]] = []
        for name, value in pairs:
            if name in table or name in ("_count", "_format"):
                used.append((name, value))
            else:
                self.unknown(resource_type, name, lenient=lenient)
        self.check_repetition(used, table)
        return used

    def unknown(self, resource_type: str, name: str, *, lenient: bool) -> None:
        """Raise Refusal 400 for a parameter that is not served, unless it may be left out."""
        if name.startswith("_has") or "." in name or name.partition(":")[0] in ("patient", "subject", "_id"):
            raise invalid(
                "chained, reverse-chained and modified patient parameters are not served", code="not-supported"
            )
        if not lenient:
            valid = ", ".join((*PARAMETERS[resource_type], "_count", "_format"))
            raise invalid(
                f"a search parameter is not served for {resource_type}; served are {valid}", code="not-supported"
            )

    def check_repetition(self, used: Iterable[tuple[str, str]], table: Mapping[str, Parameter]) -> None:
        """Raise Refusal 400 for a repeated parameter; only dates may come twice, for both ends of a range."""
        names = [name for name, _ in used]
        for name in names:
            is_range = name in table and table[name].kind == "date" and name != "birthdate"
            if names.count(name) > (2 if is_range else 1):
                raise invalid(f"the parameter {name} is given more than once")

    def patient(self, value: str) -> str:
        """Return the id in a patient parameter, given as id or Patient/id. Raises Refusal 400."""
        patient = value.removeprefix("Patient/")
        if not _ID.fullmatch(patient) or not patient.strip("."):
            raise invalid("the patient parameter must be one patient id or Patient/id")
        return patient

    def check_value(self, name: str, parameter: Parameter, value: str) -> None:
        """Raise Refusal 400 for a value that its parameter cannot have."""
        alternatives = value.split(",")
        if not all(item.strip() for item in alternatives) or not value.isprintable():
            raise invalid(f"the parameter {name} has an empty or unprintable value")
        if name == "_id" and not _ID.fullmatch(value):
            raise invalid("the parameter _id must be one id")
        if parameter.kind == "date":
            self.check_dates(name, alternatives)

    def check_dates(self, name: str, values: Iterable[str]) -> None:
        """Raise Refusal 400 for values that are no FHIR dates, or a birthdate that is no whole date."""
        for value in values:
            prefix, text = search_dates.split(value)
            try:
                search_dates.span(text)
            except ValueError:
                raise invalid(
                    f"the parameter {name} needs a FHIR date with one of {', '.join(search_dates.PREFIXES)}"
                ) from None
            if name == "birthdate" and (prefix != "eq" or len(text) != 10):
                raise invalid("the parameter birthdate needs one whole date")

    def next_page(self, resource_type: str, pairs: Pairs) -> Search:
        """Return the search that a page link stands for. Raises Refusal 400 when more than the link is given."""
        if len(pairs) != 1:
            raise invalid("a page link is used as it is, without further parameters")
        return Search(resource_type, None, (), DEFAULT_COUNT, page=pairs[0][1])


def parse_query(raw_query: str) -> Pairs:
    """Return the decoded pairs of a query. Raises Refusal 400 when it is not decodable or too long."""
    if not raw_query:
        return ()
    try:
        pairs = parse_qsl(raw_query, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        raise invalid("the query is malformed") from None
    if len(pairs) > _MOST_PARAMETERS:
        raise invalid(f"more than {_MOST_PARAMETERS} parameters", code="too-costly")
    return tuple(pairs)


def _for_ehr(name: str, value: str) -> tuple[str, str]:
    """Return a parameter as the EHR understands it: identifiers by value, because it knows labels but no systems."""
    system, _, bare = value.rpartition("|")
    return (name, bare) if name == "identifier" and ":" in system else (name, value)


def require_plain_format(pairs: Pairs) -> None:
    """Raise Refusal 400 for parameters of a read other than _format, 406 for another format than JSON."""
    for name, value in pairs:
        if name != "_format":
            raise invalid("only _format is served on a read", code="not-supported")
        _check_format(value)


def _check_format(value: str) -> None:
    if value.replace(" ", "+").partition(";")[0] not in _FORMATS:
        text = "_format must be json or application/fhir+json"
        raise Refusal(406, "not-supported", text, reason="not-acceptable")


def _count(value: str) -> int:
    if not value.isascii() or not value.isdecimal() or len(value) > 9 or int(value) == 0:
        raise invalid("the parameter _count must be a whole number above 0")
    return min(int(value), LARGEST_COUNT)
