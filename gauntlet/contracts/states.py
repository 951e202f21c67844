"""Provider states: what a contract takes for granted, chosen from the population or brought about at the EHR.

Each state is a function that returns values by name, for contracts to refer to as `${name}`; the table `STATES` is the
vocabulary, for our own contracts and for any vendor's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from gauntlet.apps import Apps
from gauntlet.check import CHARTS_PER_CHECK
from gauntlet.consumer import Consumer
from gauntlet.ehr import Ehr
from gauntlet.errors import Inconclusive
from synthetic.population import Chart
from synthetic.resource import Resource

Values = dict[str, Any]


@dataclass
class Stage:
    """What states work with; `app` is the consumer whose requests are verified, `undo` takes changes back.

    `chart_where` finds a chart that others read, too: for states that change nothing.
    """

    apps: Apps
    ehr: Ehr
    new_chart: Callable[[], Chart]
    undo: ExitStack
    record_pairs: Callable[[Chart, str], Sequence[tuple[str, Resource]]] = lambda chart, kind: [
        (record.id, record) for record in chart.of_type(kind)
    ]
    chart_where: Callable[[Callable[[Chart], bool]], Chart] | None = None
    app: Consumer = field(init=False)
    chart: Chart | None = None

    def __post_init__(self) -> None:
        self.app = self.apps.app()

    def patient(self, wanted: Callable[[Chart], Any] = lambda _chart: True, *, only_read: bool = False) -> Chart:
        """Return the chart of the contract's patient, one of this check's own that is `wanted`.

        When none is, one that others read, too, if it is `only_read`. Raises Inconclusive when there is none.
        """
        for _ in range(CHARTS_PER_CHECK):
            if self.chart is None:
                self.chart = self.new_chart()
            if _is_registered(self.chart) and wanted(self.chart):
                return self.chart
            self.chart = None
        if only_read and self.chart_where is not None:
            self.chart = self.chart_where(lambda chart: _is_registered(chart) and bool(wanted(chart)))
            return self.chart
        raise Inconclusive("none of the charts of this check fits the provider state")

    def known_as(self, chart: Chart, record: Resource) -> str:
        """Return the id by which consumers read a record of the chart. Raises Inconclusive when it is not delivered."""
        for known_as, recorded in self.record_pairs(chart, record.type):
            if recorded.id == record.id:
                return known_as
        raise Inconclusive(f"the {record.type} of the provider state is not delivered: its id is not known")

    def change(self, chart: Chart, record: Resource, patch: Mapping[str, Any]) -> None:
        """Change a record of the chart at the EHR as a clinician would, until the contract is verified.

        It is read before: a gateway that keeps what it has read must not show the old one.
        """
        self.app.read(record.type, self.known_as(chart, record))
        self.undo.enter_context(self.ehr.changed(record.type, record.id, patch))


def _is_registered(chart: Chart) -> bool:
    """Return whether the patient has what a desk asks for: some people have one name only."""
    name = chart.patient.body["name"][0]
    return {"family", "given"} <= name.keys() and len(chart.patient.body.get("birthDate", "")) == len("1980-02-29")


def _about(chart: Chart) -> Values:
    body = chart.patient.body
    identifier = next(item for item in body["identifier"] if item["value"] == chart.mrn)
    name = body["name"][0]
    return {
        "patient": chart.id,
        "mrn": chart.mrn,
        "mrn_system": identifier["system"],
        "family": name["family"],
        "given": name["given"][0],
        "birthdate": body["birthDate"],
    }


def _one(resource_type: str, fits: Callable[[dict[str, Any]], bool]) -> Callable[[Chart], Resource | None]:
    def find(chart: Chart) -> Resource | None:
        return next((record for record in chart.of_type(resource_type) if fits(record.body)), None)

    return find


def _is_coded(prescription: dict[str, Any]) -> bool:
    """Return whether the drug stands in the prescription itself, not in a Medication it refers to."""
    drug = prescription.get("medicationCodeableConcept", {})
    return "text" in drug and bool(drug.get("coding"))


_BOOKED = _one("Appointment", lambda body: body["status"] == "booked")
_ACTIVE_PRESCRIPTION = _one("MedicationRequest", lambda body: body["status"] == "active" and _is_coded(body))
_ALLERGY = _one("AllergyIntolerance", lambda body: bool(body["code"].get("coding")))


def _is_numeric_result(body: dict[str, Any]) -> bool:
    codes = {coding.get("code") for concept in body.get("category", []) for coding in concept.get("coding", [])}
    return "laboratory" in codes and "code" in body.get("valueQuantity", {}) and body["status"] == "final"


_RESULT = _one("Observation", _is_numeric_result)


def _with(
    name: str, find: Callable[[Chart], Resource | None], patch: Mapping[str, Any] | None = None
) -> Callable[[Stage], Values]:
    """Return the state of a patient with a record of a kind, changed at the EHR by `patch` if given."""

    def bring_about(stage: Stage) -> Values:
        chart = stage.patient(find, only_read=patch is None)
        record = find(chart)
        assert record is not None  # noqa: S101 - the chart was chosen for it
        known_as = stage.known_as(chart, record)
        if patch:
            stage.change(chart, record, patch)
        body = record.body
        code = body.get("code", body.get("medicationCodeableConcept", {})).get("coding", [{}])[0].get("code", "")
        return {**_about(chart), name: known_as, "status": body.get("status", ""), "code": code}

    return bring_about


def a_patient(stage: Stage) -> Values:
    """Any patient."""
    return _about(stage.patient())


def an_unknown_patient(stage: Stage) -> Values:
    """An id that nobody has, of the length that ids have here."""
    chart = stage.patient()
    return {**_about(chart), "patient": f"{chart.id[:-4]}none"}


def without_a_token(stage: Stage) -> Values:
    """An app that sends no token, and a patient whom others may read."""
    stage.app = stage.apps.anonymous()
    return _about(stage.patient())


def with_another_patients_token(stage: Stage) -> Values:
    """An app that was launched for somebody else."""
    chart = stage.patient()
    other = stage.new_chart()
    stage.app = stage.apps.app(scope="patient/*.rs", patient=other.id)
    return {**_about(chart), "other": other.id}


def a_new_phone_number(stage: Stage) -> Values:
    """A patient whose phone number was changed at the EHR a moment ago."""
    chart = stage.patient()
    number = "+44-20-7946-0199"  # rows of Unity show American numbers in a layout of their own
    stage.change(chart, chart.patient, {"telecom": [{"system": "phone", "value": number, "use": "home"}]})
    return {**_about(chart), "phone": number}


STATES: Mapping[str, Callable[[Stage], Values]] = MappingProxyType(
    {
        "a patient": a_patient,
        "an unknown patient": an_unknown_patient,
        "an app without a token": without_a_token,
        "an app launched for another patient": with_another_patients_token,
        "a patient with a booked appointment": _with("appointment", _BOOKED),
        "an appointment was cancelled at the EHR": _with("appointment", _BOOKED, {"status": "cancelled"}),
        "a patient with an active prescription": _with("prescription", _ACTIVE_PRESCRIPTION),
        "a prescription was stopped at the EHR": _with("prescription", _ACTIVE_PRESCRIPTION, {"status": "stopped"}),
        "a patient with a coded allergy": _with("allergy", _ALLERGY),
        "a patient with a numeric laboratory result": _with("result", _RESULT),
        "a laboratory result was corrected at the EHR": _with("result", _RESULT, {"status": "corrected"}),
        "a patient's phone number was changed at the EHR": a_new_phone_number,
    }
)


def bring_about(states: Iterable[tuple[str, Mapping[str, Any]]], stage: Stage) -> Values:
    """Bring states about, in order, and return their values together with the parameters of the contract."""
    values: Values = {}
    for name, parameters in states:
        values |= {**parameters, **STATES[name](stage)}
    return values
