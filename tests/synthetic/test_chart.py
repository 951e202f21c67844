"""Chart.phi: every text that must not leak, as it stands in the JSON."""

from __future__ import annotations

import pickle
from base64 import b64decode
from typing import Any

import pytest

from synthetic.population import Chart, Phi


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in _strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in _strings(part)]
    return [value] if isinstance(value, str) else []


def test_phi_stands_in_the_resources(charts: list[Chart]) -> None:
    for chart in charts[:100]:
        strings = {text for resource in chart.resources for text in _strings(resource.body)}
        strings |= {b64decode(binary.body["data"]).decode() for binary in chart.of_type("Binary")}
        phi = chart.phi()
        assert len(set(phi)) == len(phi)
        for item in phi:
            assert item.text in strings, item


def test_phi_is_complete(charts: list[Chart]) -> None:
    for chart in charts[:100]:
        body, phi = chart.patient.body, set(chart.phi())
        assert Phi("mrn", chart.mrn) in phi
        assert Phi("birth-date", body["birthDate"]) in phi
        assert Phi("name", body["name"][0]["text"]) in phi
        for name in body["name"]:
            assert "family" not in name or Phi("name", name["family"]) in phi
        for telecom in body["telecom"]:
            assert Phi(telecom["system"], telecom["value"]) in phi
        for line in body["address"][0]["line"]:
            assert Phi("address", line) in phi
        ssn = [i["value"] for i in body["identifier"] if "ssn" in i["system"]]
        assert all(Phi("ssn", number) in phi for number in ssn)
        notes = [n["text"] for r in chart.resources for n in r.body.get("note", [])]
        assert all(Phi("note", note) in phi for note in notes)
        for kin in chart.of_type("RelatedPerson"):
            assert Phi("name", kin.body["name"][0]["text"]) in phi
        for coverage in chart.of_type("Coverage"):
            assert Phi("member-id", coverage.body["subscriberId"]) in phi


def test_kinds_all_occur(charts: list[Chart]) -> None:
    kinds = {item.kind for chart in charts[:100] for item in chart.phi()}
    assert kinds == {"name", "birth-date", "mrn", "ssn", "phone", "email", "address", "member-id", "note"}


def test_a_chart_prints_short(charts: list[Chart]) -> None:
    assert repr(charts[3]) == f"Chart(index=3, mrn={charts[3].mrn!r})"


def test_a_chart_is_the_same_drafted_filed_and_pickled(charts: list[Chart]) -> None:
    for chart in charts[:50]:
        plain = Chart(chart.index, chart.mrn, chart.resources)
        assert (chart.lines, chart.count) == (plain.lines, plain.count)
        again = pickle.loads(pickle.dumps(chart))
        assert again == chart
        assert hash(again) == hash(chart)


def test_resources_are_made_once(charts: list[Chart]) -> None:
    assert charts[0].resources is charts[0].resources


def test_a_chart_cannot_be_changed(charts: list[Chart]) -> None:
    with pytest.raises(AttributeError):
        charts[0].mrn = "1"  # type: ignore[misc]


def test_of_type_is_empty_for_what_a_chart_has_not(charts: list[Chart]) -> None:
    assert charts[0].of_type("Spaceship") == ()
