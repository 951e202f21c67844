"""The records of one patient by FHIR type, out of the actions that carry them; each with the key its id is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence

from reference_gateway.ehr_request import EhrRequest
from reference_gateway.json_text import Json
from reference_gateway.unity_actions import UnityActions
from reference_gateway.unity_answers import Row
from reference_gateway.unity_ids import UnityIds
from reference_gateway.unity_immunizations import SECTION as IMMUNIZATIONS
from reference_gateway.unity_immunizations import UnityImmunizations
from reference_gateway.unity_observations import SECTIONS, UnityObservations
from reference_gateway.unity_problems import UnityProblems
from reference_gateway.unity_times import UnityTimes
from reference_gateway.unity_visits import UnityVisits

Reader = Callable[[EhrRequest, str], Awaitable[list[Json]]]


class UnityRecords:
    """Reads records."""

    def __init__(
        self,
        *,
        actions: UnityActions,
        ids: UnityIds,
        problems: UnityProblems,
        observations: UnityObservations,
        immunizations: UnityImmunizations,
        visits: UnityVisits,
        times: UnityTimes,
    ) -> None:
        self.actions = actions
        self.ids = ids
        self.problems = problems
        self.observations = observations
        self.immunizations = immunizations
        self.visits = visits
        self.times = times
        self.readers: Mapping[str, Reader] = {
            "Condition": self.conditions,
            "AllergyIntolerance": self.allergies,
            "MedicationRequest": self.prescriptions,
            "Observation": self.measurements,
            "Encounter": self.encounters,
            "Appointment": self.appointments,
            "Immunization": self.vaccinations,
        }

    async def of_type(self, request: EhrRequest, resource_type: str, number: str) -> list[Json]:
        """Return all records of a type of the patient with a number. Raises Refusal and EhrFailure."""
        return await self.readers[resource_type](request, number)

    async def conditions(self, request: EhrRequest, number: str) -> list[Json]:
        """Return the problems."""
        rows = await self.actions.summary(request, number, "problems")
        patient = self.ids.patient(number)
        return [self.problems.condition(row, self.id(number, row), patient) for row in rows]

    async def allergies(self, request: EhrRequest, number: str) -> list[Json]:
        """Return the allergies."""
        rows = await self.actions.summary(request, number, "allergies")
        patient = self.ids.patient(number)
        return [self.problems.allergy(row, self.id(number, row), patient) for row in rows]

    async def prescriptions(self, request: EhrRequest, number: str) -> list[Json]:
        """Return the prescriptions: the list tells the intent, the summary when it was written."""
        rows = await self.actions.summary(request, number, "medications")
        listed = {row["transid"]: row for row in await self.actions.prescriptions(request, number)} if rows else {}
        patient = self.ids.patient(number)
        return [
            self.problems.prescription(row, listed.get(row["transid"]), self.id(number, row), patient) for row in rows
        ]

    async def measurements(self, request: EhrRequest, number: str) -> list[Json]:
        """Return vital signs, results and social history, or those of the categories that are asked for."""
        rows = await self.actions.summary(request, number, *self.sections(request))
        patient = self.ids.patient(number)
        groups: Sequence[Sequence[Row]] = list(self.observations.groups(rows))
        return [self.observations.resource(group, self.id(number, group[0]), patient) for group in groups]

    def sections(self, request: EhrRequest) -> list[str]:
        """Return the sections that can hold what is asked for."""
        asked = [value for name, value in request.query if name == "category"]
        codes = {item.rpartition("|")[2] for value in asked for item in value.split(",")}
        wanted = [section for category, section in SECTIONS.items() if category in codes]
        return wanted if asked and codes <= SECTIONS.keys() else list(SECTIONS.values())

    async def vaccinations(self, request: EhrRequest, number: str) -> list[Json]:
        """Return the immunizations, given or not."""
        rows = await self.actions.summary(request, number, IMMUNIZATIONS)
        patient = self.ids.patient(number)
        return [self.immunizations.resource(row, self.id(number, row), patient) for row in rows]

    async def encounters(self, request: EhrRequest, number: str) -> list[Json]:
        """Return the encounters."""
        rows = await self.actions.encounters(request, number)
        return [
            self.visits.encounter(row, self.ids.record(number, f"E{row['ID']}"), self.owner(row, number))
            for row in rows
        ]

    async def appointments(self, request: EhrRequest, number: str) -> list[Json]:
        """Return the appointments. They have no number: their time and provider make one."""
        rows = await self.actions.schedule(request, number)
        seen = Counter[str]()
        found = []
        for row in rows:
            key = self.appointment_key(row)
            seen[key] += 1
            turn = f"-{seen[key]}" if seen[key] > 1 else ""
            found.append(self.visits.appointment(row, self.ids.record(number, key + turn), self.owner(row, number)))
        return found

    def owner(self, row: Row, number: str) -> str:
        """Return the id of the patient whose a row says it is: only who was asked for may come out of here."""
        told = {name.lower(): text.strip(" ") for name, text in row.items()}.get("patientid")  # in two spellings
        return self.ids.patient(told or number)

    def appointment_key(self, row: Row) -> str:
        """Return the time of an appointment in digits and its provider."""
        written = self.times.dates.read(row["ApptTime2"])
        when = f"{written.local:%Y%m%d%H%M}" if written and written.local else "0"
        return f"S{when}-{row['ProviderID'].strip(' ') or '0'}"

    def id(self, number: str, row: Row) -> str:
        """Return the id of a row with a transaction number."""
        return self.ids.record(number, row["transid"].strip(" "))
