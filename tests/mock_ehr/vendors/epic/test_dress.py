"""Epic's clothes: what is put on, and that the truth below stays."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_ehr.store import Record
from mock_ehr.vendors.epic.dress import CLASS_SYSTEM, Dress
from mock_ehr.vendors.epic.quirks import EpicQuirks
from synthetic.r4.rules import problems

NAKED = EpicQuirks(
    padded_internal_identifier=False, patient_extensions=False, encounter_class_oid=False, reference_displays=False
)


def dressed(population: Any, index: int, quirks: EpicQuirks) -> dict[str, Record]:
    return {f"{record.type}/{record.id}": record for record in Dress(quirks)(population.chart(index))}


@pytest.mark.parametrize("quirks", [EpicQuirks(), EpicQuirks(local_codings=True), NAKED])
def test_every_resource_stays_valid(population: Any, quirks: EpicQuirks) -> None:
    for index in range(10):
        for record in dressed(population, index, quirks).values():
            assert problems(record.body()) == []


def test_without_switches_nothing_changes(population: Any) -> None:
    for index in range(10):
        records = dressed(population, index, NAKED)
        for resource in population.chart(index).resources:
            assert json.loads(records[resource.reference].json) == json.loads(resource.json)


def test_a_patient_carries_a_padded_identifier_and_extensions(population: Any) -> None:
    chart = population.chart(0)
    plain, shown = chart.patient.body, next(iter(dressed(population, 0, EpicQuirks()).values())).body()
    internal, *others = shown["identifier"]
    assert others == plain["identifier"]
    assert internal["type"]["text"] == "INTERNAL"
    assert internal["value"].startswith("  ")
    assert internal["value"].strip()
    added = [extension["url"] for extension in shown["extension"] if extension not in plain.get("extension", [])]
    prefix = "http://open.epic.com/FHIR/StructureDefinition/extension/"
    assert [url.removeprefix(prefix) for url in added] == [
        "legal-sex",
        "sex-for-clinical-use",
        "calculated-pronouns-to-use-for-text",
    ]
    assert {name: value for name, value in shown.items() if name not in ("identifier", "extension")} == {
        name: value for name, value in plain.items() if name not in ("identifier", "extension")
    }


def test_encounter_classes_are_epics(population: Any) -> None:
    codes = {"IMP": "4", "AMB": "5", "VR": "13", "EMER": "3"}
    seen = set()
    for index in range(40):
        records = dressed(population, index, EpicQuirks())
        for encounter in population.chart(index).of_type("Encounter"):
            plain, shown = encounter.body["class"], records[encounter.reference].body()["class"]
            if plain["code"] in codes:
                assert (shown["system"], shown["code"]) == (CLASS_SYSTEM, codes[plain["code"]])
                seen.add(plain["code"])
    assert "AMB" in seen


def test_references_name_the_patient_last_name_first(population: Any) -> None:
    chart = population.chart(0)
    name = chart.patient.body["name"][0]
    display = f"{name['family']}, {' '.join(name['given'])}"
    records = dressed(population, 0, EpicQuirks())
    for condition in chart.of_type("Condition"):
        assert records[condition.reference].body()["subject"] == {
            "reference": f"Patient/{chart.id}",
            "display": display,
        }


def test_local_codings_stand_beside_loinc(population: Any) -> None:
    records = dressed(population, 0, EpicQuirks(local_codings=True))
    for observation in population.chart(0).of_type("Observation"):
        systems = [coding["system"] for coding in records[observation.reference].body()["code"]["coding"]]
        assert systems[0] == "http://loinc.org"
        assert systems[-1].startswith("urn:oid:1.2.840.114350.")


def test_numbers_keep_their_digits(population: Any) -> None:
    texts = [record.json for record in dressed(population, 0, EpicQuirks(local_codings=True)).values()]
    plain = [resource.json for resource in population.chart(0).resources]
    for before, after in zip(plain, texts, strict=True):
        for piece in before.split(b'"value":')[1:]:
            assert b'"value":' + piece.split(b",")[0].split(b"}")[0] in after


def test_further_identifiers_are_told_apart_by_their_text(population: Any) -> None:
    kinds = ("CEID", "EPI", "EXTERNAL", "FHIR", "FHIR STU3", "MYCHARTLOGIN", "WPRINTERNAL")
    quirks = EpicQuirks(more_identifiers=kinds)
    shown = next(iter(dressed(population, 0, quirks).values())).body()
    assert problems(shown) == []
    assert [row["type"]["text"] for row in shown["identifier"][: len(kinds) + 1]] == ["INTERNAL", *kinds]
    values = {row["type"]["text"]: row["value"] for row in shown["identifier"][: len(kinds) + 1]}
    assert values["WPRINTERNAL"].startswith("  ")
    assert values["FHIR STU3"] == shown["id"]
    assert len(set(values.values())) == len(values)
