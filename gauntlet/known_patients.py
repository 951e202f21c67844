"""The patients of a lab under the ids by which the gateway delivers them, and back to the EHR's own.

Only where the two differ: Unity has no FHIR ids, so each gateway makes its own. A check addresses a patient by
`chart.id` and asks the EHR's journal about the same `chart.id`; here is what the one means to the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote

from gauntlet.addressing import delivered_id, patient_path
from gauntlet.answer import Answer
from gauntlet.apps import Apps
from gauntlet.consumer import http_client
from gauntlet.errors import CheckFailed, HarnessError, Inconclusive, NoAnswer
from gauntlet.lab import Lab
from gauntlet.ledger import Ledger
from gauntlet.sweep import next_link
from gauntlet.tls import tls_context
from gauntlet.twins import Twins, find_in, in_rows, twins
from synthetic.edge_cases.exact_json import dumps
from synthetic.population import Chart, Population
from synthetic.resource import Resource

Json = dict[str, Any]

ALL_CATEGORIES = "vital-signs,laboratory,social-history"
_ON_A_PAGE = 200
_MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class DeliveredChart(Chart):
    """A chart whose `id` is the gateway's; `patient.id`, and all records, are as the EHR holds them."""

    delivered_as: str

    @property
    def id(self) -> str:
        """The id under which the gateway delivers the patient."""
        return self.delivered_as


@dataclass
class KnownPatients:
    """Finds out what a gateway calls the patients of `population`; the lookups are `LookUp`'s."""

    population: Population
    look_up: Find
    _delivered: dict[int, str] = field(default_factory=dict)  # by index of the chart
    _recorded: dict[str, str] = field(default_factory=dict)  # the EHR's id, by the gateway's

    def chart(self, chart: Chart) -> Chart:
        """Return `chart` with the gateway's id. Raises Inconclusive when the gateway does not deliver the patient."""
        if chart.index not in self._delivered:
            self._learn(chart, self.look_up.patient(chart))
        return DeliveredChart(chart.index, chart.mrn, chart.resources, self._delivered[chart.index])

    def _learn(self, chart: Chart, found: str) -> None:
        if self._recorded.setdefault(found, chart.id) != chart.id:
            raise Inconclusive(f"two patients are delivered under the id {found!r}: no check can tell them apart")
        self._delivered[chart.index] = found

    def records(self, chart: Chart, resource_type: str) -> tuple[str, ...]:
        """Return the ids of the chart's records as the gateway delivers them. Raises Inconclusive without any."""
        if resource_type == "Patient":
            return (self.chart(chart).id,)
        return self.look_up.records(self.chart(chart).id, resource_type)

    def twins(self, chart: Chart, resource_type: str) -> Twins:
        """Return which record of the chart the gateway delivers as which. Raises Inconclusive when it refuses to."""
        found = self.delivered(chart, resource_type)
        return twins(in_rows(chart, resource_type), found, find_in(chart, self.population.directory()))

    def delivered(self, chart: Chart, resource_type: str) -> tuple[Json, ...]:
        """Return all records of a type as the gateway delivers them."""
        return self.look_up.all_records(self.chart(chart).id, resource_type)

    def as_delivered(self, chart: Chart, types: Iterable[str]) -> Chart:
        """Return the chart with the records of `types`, and their ids, that the gateway delivers.

        They are judged elsewhere: here they are what can be asked for.
        """
        people = self.delivered(chart, "Patient")
        if len(people) != 1:
            raise Inconclusive(f"the patient of chart {chart.index} is not found by the id that the gateway gave")
        others = [item for kind in types if kind != "Patient" for item in self.delivered(chart, kind)]
        return Chart(chart.index, chart.mrn, tuple(_resource(item) for item in (*people, *others)))

    def recorded(self, patient: str) -> str:
        """Return the EHR's id of a patient, for the gateway's id or the EHR's.

        Raises HarnessError for any other text: the journal knows nothing of it, and nothing found would prove nothing.
        """
        if patient in self._recorded:
            return self._recorded[patient]
        if self.population.locate("Patient", patient) is None:
            raise HarnessError(f"{patient!r} is no patient's id, neither the gateway's nor the EHR's")
        return patient


class Find(Protocol):
    """Asks the gateway for ids."""

    def patient(self, chart: Chart) -> str:
        """Return the id of a chart's patient."""

    def records(self, patient: str, resource_type: str) -> tuple[str, ...]:
        """Return the ids of a patient's records."""

    def all_records(self, patient: str, resource_type: str) -> tuple[Json, ...]:
        """Return a patient's records."""


def _resource(body: Json) -> Resource:
    return Resource(str(body["resourceType"]), str(body["id"]), dumps(body))


@dataclass(frozen=True)
class LookUp:
    """Asks with an ordinary token. Lookups are no part of a check's evidence: of itself one judges nothing."""

    lab: Lab

    def patient(self, chart: Chart) -> str:
        """Return the id under which the patient is delivered who has the chart's medical record number.

        Raises Inconclusive when there is not exactly one.
        """
        vendor = self.lab.target.file.ehr[0].vendor
        try:
            found = delivered_id(self._asked(patient_path(vendor, chart), f"patient of chart {chart.index}").json())
        except CheckFailed:
            found = ""
        if not found:
            raise Inconclusive(
                f"the patient of chart {chart.index} is not delivered by a search for the medical record number: "
                "the gateway's id is not known"
            )
        return found

    def records(self, patient: str, resource_type: str) -> tuple[str, ...]:
        """Return the ids of the matches of a search by patient, of the first page. Raises Inconclusive without any."""
        query = "&category=vital-signs" if resource_type == "Observation" else ""
        asked = self._asked(f"{resource_type}?patient={quote(patient)}{query}", f"{resource_type} of {patient}")
        try:
            found = tuple(str(item["id"]) for item in asked.matches() if item.get("resourceType") == resource_type)
        except (CheckFailed, KeyError):
            found = ()
        if not found:
            raise Inconclusive(f"no {resource_type} of {patient} is delivered: no record is known that could be read")
        return found

    def all_records(self, patient: str, resource_type: str) -> tuple[Json, ...]:
        """Return the matches of a search by patient, of all pages. Raises Inconclusive when one is no searchset."""
        owner = "_id" if resource_type == "Patient" else "patient"
        query = f"&category={ALL_CATEGORIES}" if resource_type == "Observation" else ""
        path: str | None = f"{resource_type}?{owner}={quote(patient)}{query}&_count={_ON_A_PAGE}"
        found: list[Json] = []
        for _ in range(_MOST_PAGES):
            if path is None:
                return tuple(found)
            answer = self._asked(path, f"{resource_type} of {patient}")
            try:
                found += answer.matches()
                path = next_link(answer.resource("Bundle"))
            except CheckFailed as failure:
                raise Inconclusive(f"the {resource_type} of {patient} could not be looked up: {failure}") from None
        raise Inconclusive(f"the {resource_type} of {patient} fill more than {_MOST_PAGES} pages")

    def send(self, path: str) -> Answer:
        """Return the answer to a request. Raises NoAnswer."""
        with http_client(tls=tls_context(self.lab.target.ca_file)) as http:
            return Apps(self.lab, lambda: Ledger(0.0), http).app().send("GET", path)

    def _asked(self, path: str, what: str) -> Answer:
        try:
            answer = self.send(path)
        except NoAnswer as failure:
            raise Inconclusive(f"the {what} could not be looked up: {failure.reason}") from None
        if answer.status != 200:
            raise Inconclusive(f"the {what} could not be looked up: {answer.brief()}")
        return answer


def known_patients(lab: Lab, population: Population) -> KnownPatients | None:
    """Return what finds a lab's patients, and tell the EHR's client about it; None where ids are passed on."""
    if lab.target.file.ehr[0].vendor == "epic":
        return None
    known = KnownPatients(population, LookUp(lab))
    lab.ehr.recorded = known.recorded
    return known
