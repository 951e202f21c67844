"""The wire to Unity: one MagicJson call, bounded in time and size."""

from __future__ import annotations

from typing import Any

import aiohttp
from yarl import URL

from reference_gateway.bounded_body import read_up_to
from reference_gateway.correlation import HEADER as CORRELATION_HEADER
from reference_gateway.ehr_request import EhrReply, EhrRequest
from reference_gateway.ehr_transport import LARGEST_REPLY, EhrTransport
from reference_gateway.json_text import write
from reference_gateway.unity_answers import UnityAnswers
from reference_gateway.unity_settings import UnitySettings

PARAMETERS = tuple(f"Parameter{number}" for number in range(1, 7))


def magic(
    unity: UnitySettings, action: str, token: str, patient: str = "", parameters: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return the body of a MagicJson call: twelve keys, all present, blank where nothing is said."""
    given = dict(zip(PARAMETERS, parameters, strict=False))
    return {
        "Action": action,
        "AppUserID": unity.user,
        "Appname": unity.app_name,
        "PatientID": patient,
        "Token": token,
        **{name: given.get(name, "") for name in PARAMETERS},
        "Data": "",
    }


class UnityTransport(EhrTransport):
    """Carries requests whose path is an action and whose query is PatientID and parameters."""

    def __init__(
        self,
        base_url: str,
        reading: aiohttp.ClientSession,
        writing: aiohttp.ClientSession,
        unity: UnitySettings,
        answers: UnityAnswers,
    ) -> None:
        super().__init__(base_url, reading, writing)
        self.url = URL(f"{base_url}/MagicJson")
        self.unity = unity
        self.answers = answers

    async def _exchange(self, session: aiohttp.ClientSession, request: EhrRequest, token: str) -> EhrReply:
        patient, *parameters = (value for _, value in request.query)
        body = write(magic(self.unity, request.path, token, patient, tuple(parameters)))
        headers = {
            "Content-Type": "application/json",
            CORRELATION_HEADER: request.correlation_id,
            "traceparent": request.traceparent,
        }
        async with session.post(self.url, data=body, headers=headers, allow_redirects=False) as response:
            content = await read_up_to(response.content, LARGEST_REPLY)
            told = {name.lower(): value for name, value in response.headers.items()}
            return self.answers.judged(EhrReply(response.status, told, content), request.path)
