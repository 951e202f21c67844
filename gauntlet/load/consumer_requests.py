"""The bytes that consumers send, and what each answer must be: from profile and plan."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from gauntlet.load.interaction import Interaction, parse_request
from gauntlet.load.patient_check import Expected
from gauntlet.load.plan import Plan, Token
from gauntlet.load.profile import Profile, Request


def correlation_id(seed: int, arrival: int) -> str:
    """Return the X-Correlation-Id of an arrival, formed as a UUID, to find it in a gateway's logs."""
    return f"{seed & 0xFFFFFFFF:08x}-10ad-4000-8000-{arrival:012x}"


@dataclass(frozen=True, slots=True)
class _Kind:
    interaction: Interaction
    at_least: int
    headers: bytes  # everything between the request line and the correlation id


class ConsumerRequests:
    """Builds requests; holds the tokens, so it is never shown."""

    def __init__(self, profile: Profile, plan: Plan) -> None:
        parts = urlsplit(plan.base_url)
        self._prefix = parts.path.rstrip("/")
        self._patients = [patient.values for patient in plan.patients]
        self._seed = plan.seed
        self._kinds = [_kind(request, plan.tokens[request.role], parts.netloc) for request in profile.mix]

    def request(self, arrival: int, kind: int, patient: int) -> bytes:
        """Return the whole HTTP/1.1 request of an arrival."""
        chosen = self._kinds[kind]
        path = chosen.interaction.path(self._patients[patient])
        line = f"GET {self._prefix}/{path} HTTP/1.1\r\n".encode("ascii")
        return line + chosen.headers + f"{correlation_id(self._seed, arrival)}\r\n\r\n".encode("ascii")

    def expected(self, kind: int, patient: int) -> Expected:
        """Return what the answer to such a request must be."""
        chosen, values = self._kinds[kind], self._patients[patient]
        interaction = chosen.interaction
        resource_id = values[interaction.id_from] if interaction.id_from else ""
        return Expected(interaction.resource_type, resource_id, values["patient"], chosen.at_least)


def _kind(request: Request, token: Token, host: str) -> _Kind:
    headers = (
        f"Host: {host}\r\nAccept: application/fhir+json\r\nUser-Agent: gauntlet-load\r\n"
        f"Authorization: Bearer {token.value}\r\nX-Correlation-Id: "
    )
    return _Kind(parse_request(request.request), request.at_least, headers.encode("ascii"))
