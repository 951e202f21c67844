"""Unity's actions as the adapter calls them: rows, or a refusal that tells the consumer why there are none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reference_gateway.ehr_client import Caller
from reference_gateway.ehr_errors import EhrErrors
from reference_gateway.ehr_request import EhrRequest
from reference_gateway.refusal import Refusal
from reference_gateway.unity_answers import Row, UnityAnswers
from reference_gateway.unity_transport import PARAMETERS

_EVER = "1/1/1900|12/31/2199"


class UnityActions:
    """Calls actions on behalf of one consumer's request. `violated` is told the action whose contract was broken."""

    def __init__(
        self, client: Caller, answers: UnityAnswers, errors: EhrErrors, violated: Callable[[str], None]
    ) -> None:
        self.client = client
        self.answers = answers
        self.errors = errors
        self.violated = violated

    async def rows(self, request: EhrRequest, action: str, patient: str = "", *parameters: str) -> list[Row]:
        """Return the rows of an action; a row of zeros stands for none. Raises Refusal and EhrFailure."""
        query = (("PatientID", patient), *zip(PARAMETERS, parameters, strict=False))
        reply = await self.client.call(replace(request, path=action, query=query))
        if reply.status != 200:
            raise self.errors.refusal(reply)
        found = [row for row in self.answers.rows(reply, action) if not self.is_zero(row)]
        try:
            return [self.answers.complete(row, action) for row in found]
        except Refusal:
            self.violated(action)
            raise

    def is_zero(self, row: Row) -> bool:
        """Tell the row of zeros."""
        return row.get("ID", "").strip(" ") == "0" and row.get("patientid", "0").strip(" ") == "0"

    async def patient(self, request: EhrRequest, number: str) -> list[Row]:
        """Return the row of a patient by number."""
        return await self.rows(request, "GetPatient", number, "N")

    async def found(self, request: EhrRequest, text: str) -> list[Row]:
        """Return the rows of patients who fit a text: an MRN, a birth date, or a name."""
        return await self.rows(request, "SearchPatients", "", text, "N")

    async def summary(self, request: EhrRequest, number: str, *sections: str) -> list[Row]:
        """Return the rows of some sections of a chart."""
        return await self.rows(request, "GetClinicalSummary", number, "|".join(sections))

    async def prescriptions(self, request: EhrRequest, number: str) -> list[Row]:
        """Return the list of prescriptions."""
        return await self.rows(request, "GetMedicationByTransID", number, "0")

    async def encounters(self, request: EhrRequest, number: str) -> list[Row]:
        """Return the encounters up to today."""
        return await self.rows(request, "GetEncounterList", number, "", "", "0", "Y", "")

    async def schedule(self, request: EhrRequest, number: str) -> list[Row]:
        """Return all appointments of a patient."""
        return await self.rows(request, "GetSchedule", number, _EVER, "", "N", "All", "", "")
