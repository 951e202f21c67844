"""`gauntlet doctor`: is everything wired up? Configuration errors told apart from conformance, before a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from gauntlet.addressing import patient_path
from gauntlet.consumer import FHIR_JSON
from gauntlet.lab import Lab
from synthetic.population import Population


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what, whether it is fine, what was seen, and how to mend it."""

    what: str
    fine: bool
    seen: str
    fix: str = ""


def examine(lab: Lab) -> Iterator[Finding]:
    """Look at a lab that is up, from the consumer's side and from the EHR's; yields findings as they are made."""
    settings = lab.target.file
    yield Finding("target file", True, f"{lab.target.path.name}: claims {', '.join(lab.target.claims)}")
    yield Finding("network", True, "; ".join(lab.notes))
    headers = {"Accept": FHIR_JSON}
    with httpx.Client(base_url=lab.base_url, headers=headers, timeout=10.0, trust_env=False) as client:
        metadata = _get(client, "/metadata")
        yield metadata.finding("CapabilityStatement", "serve [base]/metadata without a token")
        token = lab.tokens.token(settings.consumer.clients.interactive)
        client.headers["Authorization"] = f"Bearer {token}"
        chart = Population(lab.seed, settings.ehr[0].patients).chart(0)
        mark = lab.ehr.mark()
        yield _get(client, "/" + patient_path(settings.ehr[0].vendor, chart)).finding(
            "read with a good token", "check issuer, audience and scopes in the gateway's configuration"
        )
        calls = lab.ehr.calls(since=mark, patient=chart.id)
        yield Finding(
            "the gateway reaches the EHR",
            bool(calls),
            f"{len(calls)} call(s) in the EHR's journal",
            "" if calls else f"point the gateway at {lab.values['ehr.base_url']} ({{ehr.base_url}})",
        )
        served = metadata.resource_types()
        missing = [item for item in settings.claims.core.types if item not in served]
        yield Finding(
            "claims agree with the CapabilityStatement",
            not missing,
            f"claimed but not published: {', '.join(missing)}" if missing else "every claimed type is published",
            "correct [claims.core] types or the CapabilityStatement" if missing else "",
        )


@dataclass(frozen=True, slots=True)
class _Probe:
    response: httpx.Response | None
    failure: str

    def finding(self, what: str, fix: str) -> Finding:
        if self.response is None:
            return Finding(what, False, self.failure, fix)
        fine = self.response.is_success
        return Finding(
            what,
            fine,
            f"{self.response.request.url} answers {self.response.status_code}",
            "" if fine else fix,
        )

    def resource_types(self) -> set[str]:
        if self.response is None or not self.response.is_success:
            return set()
        try:
            rest = self.response.json()["rest"][0]["resource"]
            return {item["type"] for item in rest}
        except (ValueError, LookupError, TypeError):
            return set()


def _get(client: httpx.Client, path: str) -> _Probe:
    try:
        return _Probe(client.get(path), "")
    except httpx.TransportError as error:
        return _Probe(None, f"no answer: {error}")
