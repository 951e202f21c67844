"""Between checks: faults away, and time for the gateway to serve again, so that one check never spoils the next.

This judges nothing. A gateway that does not come back is found by the checks about recovery, and the controls of later
checks then say that they could not judge it.
"""

from __future__ import annotations

import time

import httpx

from gauntlet.addressing import delivered_id, patient_path
from gauntlet.consumer import FHIR_JSON
from gauntlet.lab import Lab
from gauntlet.target import Target
from gauntlet.tls import tls_context
from synthetic.population import Chart

PATIENCE_S = 12.0
_PROBES = {
    "Patient": "Patient/{id}",
    "Observation": "Observation?patient={id}&category=vital-signs",
}


def settle(lab: Lab, chart: Chart, target: Target) -> bool:
    """Disarm everything, then ask for one record of each claimed type until all are served; False: not in time."""
    lab.ehr.disarm()
    lab.network.reset()
    deadline = time.monotonic() + PATIENCE_S
    token = lab.tokens.token(target.file.consumer.clients.interactive)
    headers = {"Authorization": f"Bearer {token}", "Accept": FHIR_JSON}
    with httpx.Client(
        base_url=lab.base_url, headers=headers, timeout=5.0, trust_env=False, verify=tls_context(target.ca_file)
    ) as client:
        patient = ""
        while not patient:
            patient = _patient(client, patient_path(target.file.ehr[0].vendor, chart))
            if not patient and not _may_wait(lab, deadline):
                return False
        for resource_type in target.file.claims.core.types:
            path = _PROBES.get(resource_type, resource_type + "?patient={id}").format(id=patient)
            while not _served(client, path):
                if not _may_wait(lab, deadline):
                    return False
    return True


def _may_wait(lab: Lab, deadline: float) -> bool:
    if time.monotonic() > deadline or lab.ended():
        return False
    time.sleep(0.1)
    return True


def _patient(client: httpx.Client, path: str) -> str:
    """Return the patient's id when it is served, else ""."""
    try:
        response = client.get(path)
        return delivered_id(response.json()) if response.is_success else ""
    except (httpx.TransportError, ValueError):
        return ""


def _served(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).is_success
    except httpx.TransportError:
        return False
