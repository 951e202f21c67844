"""The bytes that consumers send, and what each answer must be: from profile and plan."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from gauntlet.load.interaction import Interaction, parse_request
from gauntlet.load.patient_check import Expected
from gauntlet.load.plan import Plan, Token
from gauntlet.load.profile import Profile, Request

_KEPT = 20_000  # requests and expectations that are not built again


def correlation_id(seed: int, arrival: int) -> str:
    """Return the X-Correlation-Id of an arrival, formed as a UUID, to find it in a gateway's logs."""
    return f"{seed & 0xFFFFFFFF:08x}-10ad-4000-8000-{arrival:012x}"


@dataclass(frozen=True, slots=True)
class _Kind:
    interaction: Interaction
    at_least: int
    may_be_throttled: bool
    headers: bytes  # everything between the request line and the correlation id


class ConsumerRequests:
    """Builds requests; holds the tokens, so it is never shown."""

    def __init__(self, profile: Profile, plan: Plan) -> None:
        parts = urlsplit(plan.base_url)
        self._prefix = parts.path.rstrip("/")
        self._patients = [patient.values for patient in plan.patients]
        self._seed = plan.seed
        self._own = correlation_id(plan.seed, 0)[:-12].encode() + b"%012x\r\n\r\n"
        self._key_header = plan.idempotency_header
        self._kept = functools.lru_cache(maxsize=_KEPT)(self._made)
        self._kinds = [_kind(request, plan.tokens[request.role], parts.netloc) for request in profile.mix]

    def request(self, arrival: int, kind: int, patient: int) -> bytes:
        """Return the whole HTTP/1.1 request of an arrival."""
        head, expected = self._kept(kind, patient)
        if expected.creates:
            own = correlation_id(self._seed, arrival)
            return head + self._create(own, self._patients[patient]["create_body"].encode())
        return head + self._own % arrival

    def _create(self, own: str, body: bytes) -> bytes:
        """Return the rest of a create; each has an idempotency key of its own where the gateway knows such keys."""
        key = f'\r\n{self._key_header}: "{own}"' if self._key_header else ""
        rest = f"{own}{key}\r\nContent-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\n\r\n"
        return rest.encode("ascii") + body

    def expected(self, kind: int, patient: int) -> Expected:
        """Return what the answer to such a request must be."""
        return self._kept(kind, patient)[1]

    def _made(self, kind: int, patient: int) -> tuple[bytes, Expected]:
        """Return a request up to its correlation id, and what its answer must be."""
        chosen, values = self._kinds[kind], self._patients[patient]
        method = "POST" if chosen.interaction.creates else "GET"
        line = f"{method} {self._prefix}/{chosen.interaction.path(values)} HTTP/1.1\r\n".encode("ascii")
        return line + chosen.headers, _expected(chosen, values)

    def creates(self, kind: int) -> bool:
        """Return whether requests of this kind write."""
        return self._kinds[kind].interaction.creates


def _kind(request: Request, token: Token, host: str) -> _Kind:
    headers = (
        f"Host: {host}\r\nAccept: application/fhir+json\r\nUser-Agent: gauntlet-load\r\n"
        f"Authorization: Bearer {token.value}\r\nX-Correlation-Id: "
    )
    return _Kind(parse_request(request.request), request.at_least, request.may_be_throttled, headers.encode("ascii"))


def _expected(chosen: _Kind, values: Mapping[str, str]) -> Expected:
    interaction = chosen.interaction
    resource_id = values[interaction.id_from] if interaction.id_from else ""
    if interaction.creates:
        return Expected(values["create_type"], "", values["patient"], 0, (200, 201), creates=True)
    statuses = (200, 429) if chosen.may_be_throttled else (200,)
    return Expected(interaction.resource_type, resource_id, values["patient"], chosen.at_least, statuses)
