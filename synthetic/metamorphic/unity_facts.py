"""Facts of a chart from Unity's rows: placeholders are nothing, packed results are unpacked, halves of pressures named.

Reads rows with all of Unity's habits, with some, and with none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from xml.sax.saxutils import unescape

from synthetic.codes.measurements import BLOOD_PRESSURE
from synthetic.metamorphic.facts import SECTIONS, Fact, Facts
from synthetic.metamorphic.fhir_facts import digits
from synthetic.metamorphic.local_times import unity_time

Row = Mapping[str, str]
_NOTHING: Mapping[str, str] = MappingProxyType(
    {"ssn": "000-00-0000", "Email": "Declined", "WorkPhone": "Unknown", "PrimaryInsurance": "None"}
)
_STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "scheduled": "booked",
        "requested": "proposed",
        "wait-list": "waitlist",
        "checked-out": "fulfilled",
        "no-show": "noshow",
    }
)
_PACKED = re.compile(r"(?P<value>.*?)(?: \((?P<flag>[A-Z]{1,2})\))?(?: \[(?P<range>.*)\])?", re.DOTALL)
_XML = re.compile(r"<(\w+)>([^<]*)</\1>")
_HALVES: Mapping[str, str] = MappingProxyType({"2": "systolic", "3": "diastolic"})


def unity_facts(answers: Mapping[str, Sequence[Row]]) -> Facts:
    """The facts of one patient's answers, by result key. Raises ValueError for a time in no known layout."""
    facts: dict[str, list[Fact]] = {section: [] for section in SECTIONS}
    facts["patient"] = [_patient(_plain(row)) for row in answers.get("getpatientinfo", ())]
    facts["schedule"] = [_appointment(_plain(row)) for row in answers.get("getscheduleinfo", ())]
    for row in map(_plain, answers.get("getclinicalsummaryinfo", ())):
        if row["section"] in _READERS:
            facts[row["section"]] += _READERS[row["section"]](row)
    return facts


def _plain(row: Row) -> dict[str, str]:
    """A row without blanks and placeholders in the place of nothing, and without padding."""
    stripped = {name: value.strip(" ") for name, value in row.items()}
    return {name: "" if value == _NOTHING.get(name) else value for name, value in stripped.items()}


def _patient(row: Row) -> Fact:
    return {
        "mrn": row["mrn"],
        "ssn": row["ssn"],
        "family": row["LastName"],
        "given": row["Firstname"],
        "middle": row["middlename"],
        "suffix": row["suffix"],
        "sex": row["gender"].lower(),
        "born": _time(row["dateofbirth"]),
        "race": row["Race"],
        "married": row["MaritalStatus"],
        "language": row["Language"],
        "street": row["Addressline1"],
        "further": row["AddressLine2"],
        "city": row["City"],
        "state": row["State"],
        "postalCode": row["ZipCode"],
        "phone home": digits(row["HomePhone"]),
        "phone work": digits(row["WorkPhone"]),
        "phone mobile": digits(row["cellphone"]),
        "email": row["Email"],
    }


def _problem(row: Row) -> Iterator[Fact]:
    yield _named(row) | {"verification": row["detail"], "status": _status(row), "since": _day(row)}


def _medication(row: Row) -> Iterator[Fact]:
    yield _named(row) | {"dosage": row["detail"], "status": _status(row), "ordered": _time(row["displaydate"])}


def _allergy(row: Row) -> Iterator[Fact]:
    yield _named(row) | {"reactions": row["detail"], "status": _status(row), "recorded": _day(row)}


def _immunization(row: Row) -> Iterator[Fact]:
    yield _named(row) | {"status": _status(row), "given": _day(row)}


def _vital(row: Row) -> Iterator[Fact]:
    fact = _named(row) | {"status": _status(row), "taken": _time(row["displaydate"])}
    if row["entrycode"] == BLOOD_PRESSURE and row["code"] in _HALVES:
        yield fact | {"name": _HALVES[row["code"]], "value": row["detail"]}
    elif row["entrycode"] == BLOOD_PRESSURE and row["detail"].endswith(" mmHg"):
        for half, value in zip(_HALVES.values(), row["detail"].removesuffix(" mmHg").split("/"), strict=True):
            yield fact | {"name": half, "value": value}
    else:
        yield fact | {"value": row["detail"]}


def _result(row: Row) -> Iterator[Fact]:
    """A result: all in one text behind its name, or the number alone and the rest as XML."""
    fact = _named(row) | {"status": _status(row), "taken": _time(row["displaydate"])}
    start = f"{row['description']}:"
    if row["detail"].startswith(start):
        match = _PACKED.fullmatch(row["detail"].removeprefix(start).lstrip(" "))
        found = {name: value or "" for name, value in match.groupdict().items()} if match else {}
        yield fact | found | {"range": found.get("range", "").replace("= ", "=")}
    else:
        parts = {name: unescape(text) for name, text in _XML.findall(row["xmldetail"])}
        value, flag = f"{parts.get('value', '')} {parts.get('unit', '')}".strip(), parts.get("flag", "")
        limits = parts.get("range", "").replace("= ", "=")
        yield fact | {"value": value, "flag": "" if flag == "N" else flag, "range": limits}


def _appointment(row: Row) -> Fact:
    status = row["Status"].lower().replace(" ", "-")
    return {
        "name": row["type"],
        "start": _time(row["ApptTime2"]),
        "minutes": row["Duration"],
        "status": _STATUSES.get(status, status),
        "with": row["Provider"],
        "where": row["LocationName"],
        "comment": row["Comment"],
        "about": row["SchedText"],
    }


def _named(row: Row) -> Fact:
    return {"name": row["description"], "code": row["entrycode"]}


def _status(row: Row) -> str:
    return row["status"].lower().replace(" ", "-")


def _time(text: str) -> str:
    return unity_time(text) if text else ""


def _day(row: Row) -> str:
    return _time(row["displaydate"])[: len("2026-06-15")]


_READERS: Mapping[str, Callable[[Row], Iterator[Fact]]] = MappingProxyType(
    {
        "problems": _problem,
        "medications": _medication,
        "allergies": _allergy,
        "immunizations": _immunization,
        "vitals": _vital,
        "results": _result,
    }
)
