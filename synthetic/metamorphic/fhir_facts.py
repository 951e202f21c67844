"""Facts of a chart from its FHIR resources, in the canonical dialect or in Epic's dress."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from synthetic.codes.measurements import BLOOD_PRESSURE
from synthetic.metamorphic import epic
from synthetic.metamorphic.facts import SECTIONS, Fact, Facts
from synthetic.metamorphic.local_times import shown, shown_day
from synthetic.metamorphic.reading import Find, Json, nowhere
from synthetic.patient import MRN_SYSTEM, SSN_SYSTEM
from synthetic.writers.unity_values import limits_of, number_of, value_of, when_of, words_of

CODED_SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "http://hl7.org/fhir/sid/icd-10-cm": "ICD10",
        "http://www.nlm.nih.gov/research/umls/rxnorm": "RXNORM",
        "http://hl7.org/fhir/sid/cvx": "CVX",
    }
)
_RACE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-race"


def fhir_facts(bodies: Iterable[Json], find: Find = nowhere) -> Facts:
    """The facts of the resources of one chart, the patient first; `find` gives what they refer to in the directory.

    Epic's dress is taken off. Types that Unity's rows do not show are left out.
    """
    facts: dict[str, list[Fact]] = {section: [] for section in SECTIONS}
    plain = [epic.undress(body) for body in bodies]
    for number, body in enumerate(plain):
        if body["resourceType"] in _READERS and (number == 0 or body["resourceType"] != "Patient"):
            for section, fact in _READERS[body["resourceType"]](body, _contained_first(body, find)):
                facts[section].append(fact)
    return facts


def _contained_first(body: Json, find: Find) -> Find:
    def found(resource_type: str, resource_id: str) -> Json | None:
        inner = (one for one in body.get("contained", ()) if f"#{one.get('id')}" == resource_type)
        return next(inner, None) or find(resource_type, resource_id)

    return found


def _patient(body: Json, _find: Find) -> Iterator[tuple[str, Fact]]:
    name, home = _first(body.get("name")), _first(body.get("address"))
    given, lines = [part for part in name.get("given", []) if part], [part for part in home.get("line", []) if part]
    phones = {one.get("use", "home"): one["value"] for one in _telecom(body, "phone")}
    numbers = {one.get("system"): one.get("value", "") for one in reversed(body.get("identifier", []))}
    yield (
        "patient",
        {
            "mrn": numbers.get(MRN_SYSTEM, ""),
            "ssn": numbers.get(SSN_SYSTEM, ""),
            "family": name.get("family") or ("" if given else name.get("text", "")),
            "given": "".join(given[:1]),
            "middle": " ".join(given[1:]),
            "suffix": " ".join(name.get("suffix", [])),
            "sex": body.get("gender", ""),
            "born": body.get("birthDate", ""),
            "race": _race(body),
            "married": words_of(body.get("maritalStatus")),
            "language": words_of(_first(body.get("communication")).get("language")),
            "street": "".join(lines[:1]),
            "further": " ".join(lines[1:]),
            **{part: home.get(part, "") for part in ("city", "state", "postalCode")},
            **{f"phone {use}": digits(phones.get(use, "")) for use in ("home", "work", "mobile")},
            "email": next((one["value"] for one in _telecom(body, "email")), ""),
        },
    )


def digits(phone: str) -> str:
    """The digits of a telephone number without the American country code; one of another country as it stands."""
    return re.sub(r"[^0-9]", "", phone.removeprefix("+1-")) if re.match(r"\+1-|\(\d", phone) else phone


def _problem(body: Json, _find: Find) -> Iterator[tuple[str, Fact]]:
    verification = _code(body.get("verificationStatus"))
    yield (
        "problems",
        {
            **_coded(body.get("code")),
            "verification": verification,
            "status": _code(body.get("clinicalStatus")) or verification,
            "since": shown_day(body.get("onsetDateTime", "")),
        },
    )


def _medication(body: Json, find: Find) -> Iterator[tuple[str, Fact]]:
    reference = body.get("medicationReference", {})
    kind, _, resource_id = reference.get("reference", "").partition("/")
    drug = find(kind, resource_id) or {"code": {"text": reference.get("display", "")}}
    yield (
        "medications",
        {
            **_coded(body.get("medicationCodeableConcept") or drug.get("code")),
            "dosage": next((one.get("text", "") for one in body.get("dosageInstruction", [])), ""),
            "status": body["status"],
            "ordered": shown(body.get("authoredOn", "")),
        },
    )


def _allergy(body: Json, _find: Find) -> Iterator[tuple[str, Fact]]:
    reactions = [words_of(one) for entry in body.get("reaction", []) for one in entry.get("manifestation", [])]
    yield (
        "allergies",
        {
            **_coded(body.get("code")),
            "reactions": ", ".join(reactions),
            "status": _code(body.get("clinicalStatus")) or _code(body.get("verificationStatus")),
            "recorded": shown_day(body.get("recordedDate", "")),
        },
    )


def _immunization(body: Json, _find: Find) -> Iterator[tuple[str, Fact]]:
    given = shown_day(body.get("occurrenceDateTime", ""))
    yield "immunizations", {**_coded(body["vaccineCode"]), "status": body["status"], "given": given}


def _observation(body: Json, _find: Find) -> Iterator[tuple[str, Fact]]:
    """Of a blood pressure both halves; the unit of these is not told, for Unity has none."""
    kinds = {code for category in body.get("category", []) for code in _codes(category)}
    if "social-history" in kinds:
        return
    section, code = "vitals" if "vital-signs" in kinds else "results", _code(body["code"])
    fact = {"name": words_of(body["code"]), "code": code, "status": body["status"], "taken": shown(when_of(body))}
    if code == BLOOD_PRESSURE and len(body.get("component", [])) > 1:
        for half, part in zip(("systolic", "diastolic"), body["component"], strict=False):
            yield section, fact | {"name": half, "value": number_of(part.get("valueQuantity"))}
    elif section == "vitals":
        yield section, fact | {"value": value_of(body)}
    else:
        flag = next((_code(entry) for entry in body.get("interpretation", [])), "")
        value = value_of(body) or words_of(body.get("dataAbsentReason"))
        flag = "" if flag == "N" else flag
        yield section, fact | {"value": value, "flag": flag, "range": limits_of(body).replace("= ", "=")}


def _appointment(body: Json, find: Find) -> Iterator[tuple[str, Fact]]:
    """An appointment; whom it is with by family and given name."""
    actors = [entry.get("actor", {}) for entry in body["participant"]]
    links = [actor.get("reference", "").partition("/") for actor in actors]
    people = [find("Practitioner", link[2]) for link in links if link[0] == "Practitioner"]
    who = _first(next((one for one in people if one), {}).get("name"))
    places = [actor.get("display", "") for actor, link in zip(actors, links, strict=True) if link[0] == "Location"]
    yield (
        "schedule",
        {
            "name": words_of(_first(body.get("serviceType"))),
            "start": shown(body.get("start", "")),
            "minutes": str(body.get("minutesDuration", "")),
            "status": body["status"],
            "with": ", ".join(filter(None, (who.get("family"), *who.get("given", [])))),
            "where": "".join(places[:1]),
            "comment": body.get("comment", ""),
            "about": body.get("description", ""),
        },
    )


def _coded(concept: Json | None) -> Fact:
    """What a concept is called, and its first code with the name of the system as Unity writes it."""
    for coding in (concept or {}).get("coding", []):
        system = CODED_SYSTEMS.get(coding.get("system", ""), "LOCAL")
        return {"name": words_of(concept), "code": f"{coding.get('code', '')}|{system}"}
    return {"name": words_of(concept), "code": ""}


def _race(body: Json) -> str:
    for extension in body.get("extension", []):
        if extension["url"] == _RACE:
            return next((part["valueString"] for part in extension["extension"] if part["url"] == "text"), "")
    return ""


def _telecom(body: Json, system: str) -> list[Json]:
    return [one for one in body.get("telecom", []) if one.get("system") == system and "value" in one]


def _codes(concept: Json) -> list[str]:
    return [str(coding.get("code", "")) for coding in concept.get("coding", [])]


def _code(concept: Json | None) -> str:
    return "".join(_codes(concept or {})[:1])


def _first(entries: Any) -> Json:
    return dict(entries[0]) if entries else {}


_READERS: Mapping[str, Callable[[Json, Find], Iterator[tuple[str, Fact]]]] = MappingProxyType(
    {
        "Patient": _patient,
        "Condition": _problem,
        "MedicationRequest": _medication,
        "AllergyIntolerance": _allergy,
        "Immunization": _immunization,
        "Observation": _observation,
        "Appointment": _appointment,
    }
)
