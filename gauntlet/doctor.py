"""`gauntlet doctor`: is everything wired up? Configuration errors told apart from conformance, before a run.

About configuration is what the author of the target file has to mend: an address where nobody listens, a token that is
not accepted. About conformance is what the gateway has to: a clock, a certificate, a claim that is not published.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from gauntlet.addressing import patient_path
from gauntlet.consumer import FHIR_JSON
from gauntlet.doctor_tls import of_addresses, of_certificates
from gauntlet.errors import SetupError
from gauntlet.finding import About, Finding
from gauntlet.lab import Lab
from gauntlet.observe.audit import AuditTrailReader
from gauntlet.observe.logs import LogReader
from gauntlet.observe.metrics import MetricsReader
from gauntlet.target import Target
from gauntlet.tls import tls_context
from synthetic.population import Population

PATIENCE_S = 10.0
PATIENCE_BEFORE_A_RUN_S = 2.0
CLOCKS_AGREE_WITHIN_S = 30.0


def examine(lab: Lab, patience_s: float = PATIENCE_S) -> Iterator[Finding]:
    """Look at a lab that is up, from the consumer's side and from the EHR's; yields findings as they are made."""
    yield Finding("target file", True, f"{lab.target.path.name}: claims {', '.join(lab.target.claims)}")
    yield Finding("network", True, "; ".join(lab.notes))
    yield from of_files(lab.target)
    yield from of_addresses(lab)
    yield from of_certificates(lab, dt.datetime.now(dt.UTC))
    headers = {"Accept": FHIR_JSON}
    with httpx.Client(
        base_url=lab.base_url,
        headers=headers,
        timeout=patience_s,
        trust_env=False,
        verify=tls_context(lab.target.ca_file),
    ) as client:
        metadata = _get(client, "/metadata")
        yield metadata.finding("CapabilityStatement", "serve [base]/metadata without a token")
        if metadata.response is None:  # it would not answer what follows either
            return
        yield from _of_access(lab, client)
        yield _of_claims(lab, metadata)
    yield from _of_observers(lab)


def before_run(lab: Lab) -> list[str]:
    """Take a first look before checks run; return what is not wired up, as notes for the report.

    Raises SetupError for what makes every check pointless, so that it is not taken for the gateway's failure.
    """
    notes = []
    for finding in examine(lab, PATIENCE_BEFORE_A_RUN_S):
        if finding.hopeless:
            raise SetupError(str(finding), hint=finding.fix)
        if not finding.fine:
            notes.append(f"looks like {finding.about}: {finding} (hint: {finding.fix})")
    return notes


def of_files(target: Target) -> Iterator[Finding]:
    """Look whether the files are there that the target file names beside itself."""
    claims, contract = target.file.claims, target.file.contract
    named = {
        "claims.mapping.terminology": claims.mapping.terminology if claims.mapping else None,
        "claims.mtls.trusted": claims.mtls.trusted if claims.mtls else None,
        "contract.pacts": contract.pacts,
        "contract.openapi": contract.openapi if contract.openapi and "://" not in contract.openapi else None,
    }
    for key, name in named.items():
        if name and "{" not in name and not (target.path.parent / name).exists():
            fix = f"put it beside {target.path.name}, or correct {key}"
            yield Finding("files", False, f"{key} names {name}, which is not there", fix, hopeless=True)


def _of_access(lab: Lab, client: httpx.Client) -> Iterator[Finding]:
    """Read with a good token: served, by way of the EHR and the issuer, at the same time of day."""
    settings = lab.target.file
    client.headers["Authorization"] = f"Bearer {lab.tokens.token(settings.consumer.clients.interactive)}"
    chart = Population(lab.seed, settings.ehr[0].patients).chart(0)
    mark, before = lab.ehr.mark(), time.time()
    read = _get(client, "/" + patient_path(settings.ehr[0].vendor, chart))
    yield read.finding("read with a good token", "check issuer, audience and scopes in the gateway's configuration")
    calls = lab.ehr.calls(since=mark)
    yield Finding(
        "the gateway reaches the EHR",
        bool(calls),
        f"{len(calls)} call(s) in the EHR's journal",
        "" if calls else f"point the gateway at {lab.values['ehr.base_url']} ({{ehr.base_url}})",
    )
    if settings.consumer.tokens == "issuer":
        yield _of_issuer(lab)
    if not lab.target.direct:
        yield _of_clock(read.response, before, time.time())


def _of_issuer(lab: Lab) -> Finding:
    """Look whether the gateway has asked the issuer of the token that it was shown."""
    asked = any(entry["endpoint"] in ("jwks", "introspect") for entry in lab.tokens.require_issuer().requests())
    fix = "" if asked else f"point the gateway at {lab.values['issuer.url']} ({{issuer.url}})"
    return Finding("the gateway reaches the issuer", asked, "asked" if asked else "it was never asked", fix)


def _of_clock(response: httpx.Response | None, before: float, after: float) -> Finding:
    """Compare the Date of an answer with the clock before the request and after it (ENV-02)."""
    try:
        told = parsedate_to_datetime(response.headers["Date"] if response is not None else "").timestamp()
    except (LookupError, ValueError):
        return Finding("clocks", False, "the gateway's answer has no Date", "send one", About.CONFORMANCE)
    apart = max(before - 1 - told, told - after, 0.0)
    fine = apart <= CLOCKS_AGREE_WITHIN_S
    fix = "" if fine else "let both keep time by NTP"
    return Finding("clocks", fine, f"the gateway's is {apart:.0f} s apart", fix, About.CONFORMANCE)


def _of_claims(lab: Lab, metadata: _Probe) -> Finding:
    served = metadata.resource_types()
    missing = [item for item in lab.target.file.claims.core.types if item not in served]
    return Finding(
        "claims agree with the CapabilityStatement",
        not missing,
        f"claimed but not published: {', '.join(missing)}" if missing else "every claimed type is published",
        "correct [claims.core] types or the CapabilityStatement" if missing else "",
        About.CONFORMANCE,
    )


def _of_observers(lab: Lab) -> Iterator[Finding]:
    """Look whether metrics, log and audit trail are where the target file says, after the read above."""
    url = MetricsReader.of(lab).url
    if url:
        with httpx.Client(
            timeout=PATIENCE_BEFORE_A_RUN_S, trust_env=False, verify=tls_context(lab.target.ca_file)
        ) as client:
            yield _get(client, url).finding("metrics", "correct [observe] metrics")
    trail = AuditTrailReader.of(lab).path
    for what, path in (("log", LogReader.of(lab).path), ("audit trail", trail)):
        if path is not None and not lab.target.direct:
            fine = path.exists()
            seen = f"{path} is {'there' if fine else 'not there'}"
            yield Finding(what, fine, seen, "" if fine else f"correct the {what}'s place in [observe]")


@dataclass(frozen=True, slots=True)
class _Probe:
    response: httpx.Response | None
    failure: str

    def finding(self, what: str, fix: str) -> Finding:
        if self.response is None:
            return Finding(what, False, self.failure, fix)
        fine = self.response.is_success
        seen = f"{self.response.request.url} answers {self.response.status_code}"
        return Finding(what, fine, seen, "" if fine else fix)

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
    except httpx.RequestError as error:
        return _Probe(None, f"no answer: {error}")
