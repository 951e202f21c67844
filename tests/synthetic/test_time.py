"""Time is coherent: birth, visits, findings, treatment, death, today."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from synthetic.population import Chart, Population


def test_now_is_fixed() -> None:
    assert Population.today == "2026-06-15"
    assert Population.now.startswith(Population.today)


def _bodies(chart: Chart, kind: str) -> list[dict[str, Any]]:
    return [resource.body for resource in chart.of_type(kind)]


def _end_of_record(chart: Chart) -> str:
    return str(chart.patient.body.get("deceasedDateTime", Population.now))


def test_visits_lie_between_birth_and_death_or_now(charts: list[Chart]) -> None:
    for chart in charts:
        birth, end = chart.patient.body["birthDate"], _end_of_record(chart)
        for visit in _bodies(chart, "Encounter"):
            period = visit["period"]
            assert birth <= period["start"] <= end
            assert period["start"] < period.get("end", end) <= end
            assert ("end" in period) == (visit["status"] != "in-progress")


def test_visits_do_not_overlap(charts: list[Chart]) -> None:
    for chart in charts:
        periods = sorted((v["period"]["start"], v["period"].get("end", "9999")) for v in _bodies(chart, "Encounter"))
        for (_, end), (start, _) in pairwise(periods):
            assert end <= start


def test_vital_signs_are_of_two_days_at_least(charts: list[Chart]) -> None:
    """A search by date can tell charts apart only then; newborns have had one day."""
    for chart in charts:
        days = {
            finding["effectiveDateTime"][:10]
            for finding in _bodies(chart, "Observation")
            if finding["category"][0]["coding"][0]["code"] == "vital-signs"
        }
        assert len(days) > 1 or chart.patient.body["birthDate"] >= "2026-04", f"chart {chart.index}"


def test_findings_lie_within_their_visit(charts: list[Chart]) -> None:
    for chart in charts:
        periods = {f"Encounter/{v['id']}": v["period"] for v in _bodies(chart, "Encounter")}
        end = _end_of_record(chart)
        for finding in _bodies(chart, "Observation"):
            period = periods[finding["encounter"]["reference"]]
            assert period["start"] <= finding["effectiveDateTime"] <= period.get("end", end)
            assert finding["effectiveDateTime"] <= finding["issued"] <= end


def test_illness_begins_before_it_is_recorded_and_ends_after(charts: list[Chart]) -> None:
    for chart in charts:
        birth, end = chart.patient.body["birthDate"], _end_of_record(chart)
        for condition in _bodies(chart, "Condition"):
            assert birth <= condition["onsetDateTime"] <= condition["recordedDate"] <= end
            assert condition["onsetDateTime"] <= condition.get("abatementDateTime", "9999")
            assert condition.get("abatementDateTime", "0") <= end


def test_drugs_follow_their_condition(charts: list[Chart]) -> None:
    for chart in charts:
        conditions = {f"Condition/{c['id']}": c for c in _bodies(chart, "Condition")}
        visits = {f"Encounter/{v['id']}": v["period"] for v in _bodies(chart, "Encounter")}
        for order in _bodies(chart, "MedicationRequest"):
            reason = conditions[order["reasonReference"][0]["reference"]]
            period = visits[order["encounter"]["reference"]]
            assert reason["recordedDate"] <= order["authoredOn"] <= _end_of_record(chart)
            assert period["start"] <= order["authoredOn"] <= period.get("end", "9999")


def test_nobody_is_given_what_they_are_allergic_to(charts: list[Chart]) -> None:
    hit = 0
    for chart in charts:
        allergies = {a["code"]["text"] for a in _bodies(chart, "AllergyIntolerance")}
        drugs = " ".join(map(_drug, _bodies(chart, "MedicationRequest")))
        if "Penicillin" in allergies:
            hit += 1
            assert "amoxicillin" not in drugs
        if "Sulfa drugs" in allergies:
            assert "sulfamethoxazole" not in drugs
    assert hit


def _drug(order: dict[str, Any]) -> str:
    """The name of the drug, coded in the order or pointed to in the formulary."""
    concept = order.get("medicationCodeableConcept")
    return str(concept["text"] if concept else order["medicationReference"]["display"])


def test_both_ways_to_name_a_drug_occur(charts: list[Chart]) -> None:
    orders = [order for chart in charts for order in _bodies(chart, "MedicationRequest")]
    assert any("medicationReference" in order for order in orders)
    assert any("medicationCodeableConcept" in order for order in orders)


def test_the_dead_have_nothing_to_come(charts: list[Chart]) -> None:
    dead = [chart for chart in charts if "deceasedDateTime" in chart.patient.body]
    assert dead
    for chart in dead:
        end = _end_of_record(chart)
        assert all(booking["start"] <= end for booking in _bodies(chart, "Appointment"))
        assert all(booking["created"] <= end for booking in _bodies(chart, "Appointment"))


def test_appointments_are_made_before_they_start(charts: list[Chart]) -> None:
    for chart in charts:
        for booking in _bodies(chart, "Appointment"):
            assert chart.patient.body["birthDate"] <= booking["created"] <= booking["start"] < booking["end"]
            assert booking["created"] <= Population.now
            if booking["status"] in ("fulfilled", "noshow", "arrived"):
                assert booking["start"] <= Population.now
            if booking["status"] in ("booked", "pending", "proposed", "waitlist"):
                assert booking["start"] > Population.now


def test_reports_follow_their_order_and_their_sample(charts: list[Chart]) -> None:
    for chart in charts:
        orders = {f"ServiceRequest/{order['id']}": order for order in _bodies(chart, "ServiceRequest")}
        results = {f"Observation/{result['id']}": result for result in _bodies(chart, "Observation")}
        for report in _bodies(chart, "DiagnosticReport"):
            order = orders[report["basedOn"][0]["reference"]]
            assert order["authoredOn"] < report["effectiveDateTime"] <= report["issued"] <= _end_of_record(chart)
            for reference in report["result"]:
                result = results[reference["reference"]]
                assert result["effectiveDateTime"] == report["effectiveDateTime"]
                assert result["encounter"] == report["encounter"]
                assert result["category"][0]["coding"][0]["code"] == "laboratory"


def test_every_laboratory_result_is_reported_once(charts: list[Chart]) -> None:
    for chart in charts:
        laboratory = [
            f"Observation/{result['id']}"
            for result in _bodies(chart, "Observation")
            if result["category"][0]["coding"][0]["code"] == "laboratory"
        ]
        reported = [r["reference"] for report in _bodies(chart, "DiagnosticReport") for r in report["result"]]
        assert sorted(reported) == sorted(laboratory)


DATED = {
    "Immunization": "occurrenceDateTime",
    "Procedure": "performedDateTime",
    "DocumentReference": "date",
    "Consent": "dateTime",
    "Provenance": "recorded",
}


@pytest.mark.parametrize("kind", sorted(DATED))
def test_what_is_dated_lies_in_life(charts: list[Chart], kind: str) -> None:
    seen = 0
    for chart in charts:
        visits = {f"Encounter/{v['id']}": v["period"] for v in _bodies(chart, "Encounter")}
        for body in _bodies(chart, kind):
            seen += 1
            when = body[DATED[kind]]
            assert chart.patient.body["birthDate"] <= when <= _end_of_record(chart)
            if "encounter" in body:
                period = visits[body["encounter"]["reference"]]
                assert period["start"] <= when <= period.get("end", "9999")
    assert seen > 50


def test_plans_and_coverage_begin_in_life(charts: list[Chart]) -> None:
    for chart in charts:
        for body in _bodies(chart, "CarePlan") + _bodies(chart, "Coverage"):
            period = body["period"]
            assert chart.patient.body["birthDate"] <= period["start"] <= period.get("end", "9999")
            assert period["start"] <= _end_of_record(chart)
