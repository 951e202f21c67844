"""Records put into the EHR by a check, and found again as the gateway delivers them, whatever ids the gateway makes.

What is new in a search after a record was put there is that record: no id has to be known. Several are put one after
the other, each under a number of its own, as the EHR gives them to what is written.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from gauntlet import expect
from gauntlet.addressing import delivered_id, patient_path
from gauntlet.consumer import Consumer
from gauntlet.ehr import Ehr
from gauntlet.errors import Inconclusive
from gauntlet.sweep import all_matches
from synthetic.population import Chart

Json = dict[str, Any]

_FIRST_NUMBER = 700_000_001  # clear of the population's ids, and a whole number as Unity has them
_CATEGORIES = "vital-signs,laboratory,social-history"
_OWNERS: Mapping[str, str] = {"AllergyIntolerance": "patient", "Immunization": "patient"}


@dataclass
class Planting:
    """Plants records of a check. `vendor` is the EHR's."""

    app: Consumer
    ehr: Ehr
    vendor: str
    _numbers: count[int] = field(default_factory=lambda: count(_FIRST_NUMBER))
    _patients: dict[str, str] = field(default_factory=dict)

    def patient(self, chart: Chart) -> str:
        """Return the gateway's id of a chart's patient. Fails when the gateway does not deliver exactly one."""
        if chart.id not in self._patients:
            answer = expect.status(self.app.send("GET", patient_path(self.vendor, chart)), 200)
            found = delivered_id(answer.json())
            expect.that(
                bool(found),
                "the patient of a chart cannot be found by the medical record number",
                expected="exactly one Patient",
                actual=answer.brief(),
            )
            self._patients[chart.id] = found
        return self._patients[chart.id]

    def delivered_patient(self, chart: Chart) -> Json:
        """Return the patient of a chart as the gateway delivers it."""
        return expect.status(self.app.read("Patient", self.patient(chart)), 200).resource("Patient")

    def delivered(self, resource_type: str, chart: Chart) -> dict[str, Json]:
        """Return what the gateway delivers of a type for a chart's patient, by its id, over all pages."""
        params = {"patient": self.patient(chart), "_count": "200"}
        if resource_type == "Observation":
            params["category"] = _CATEGORIES
        answer = expect.status(self.app.search(resource_type, params), 200)
        return {item["id"]: item for item in all_matches(self.app, answer)}

    def put(self, chart: Chart, body: Mapping[str, Any]) -> str:
        """Put a record of the chart's patient into the EHR and return its id there."""
        resource = {**copy.deepcopy(dict(body)), "id": body.get("id") or self.number(chart)}
        kind = resource["resourceType"]
        if kind == "Appointment":
            resource["participant"] = [{"actor": {"reference": f"Patient/{chart.patient.id}"}, "status": "accepted"}]
        elif kind != "Patient":
            resource[_OWNERS.get(kind, "subject")] = {"reference": f"Patient/{chart.patient.id}"}
        self.ehr.put(resource)
        return str(resource["id"])

    def number(self, chart: Chart) -> str:
        """Return an id that no other check and no other record of this one has."""
        return str(next(self._numbers) + 100 * chart.index)

    def planted(self, chart: Chart, body: Mapping[str, Any]) -> Json | None:
        """Put a record into the EHR and return what the gateway delivers of it, None when it delivers nothing.

        Fails when it delivers more than one new record. Inconclusive when the EHR does not hold it afterwards.
        """
        kind = str(body["resourceType"])
        before = self.delivered(kind, chart)
        record_id = self.put(chart, body)
        after = self.delivered(kind, chart)
        if record_id not in {item["resource"]["id"] for item in self.ehr.held(kind, chart.id)}:
            raise Inconclusive(f"the EHR does not hold the {kind} that was put there")
        new = [item for name, item in after.items() if name not in before]
        expect.at_most(len(new), 1, f"one more {kind} at the EHR became several", "records")
        return new[0] if new else None

    def must_be_delivered(self, chart: Chart, body: Mapping[str, Any]) -> Json:
        """Put a record into the EHR and return it as delivered. Fails when it is not."""
        found = self.planted(chart, body)
        expect.that(
            found is not None,
            f"a {body['resourceType']} that the EHR holds is not delivered",
            expected="one more match of the search",
            actual="the same matches as before",
        )
        assert found is not None  # noqa: S101 - judged above
        return found
