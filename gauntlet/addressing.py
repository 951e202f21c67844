"""How a consumer gets at a chart's patient: by the EHR's own id where gateways pass it on, else by the MRN.

Epic's FHIR ids reach consumers as they are. Unity has no FHIR ids, so that each gateway makes its own.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from synthetic.patient import MRN_SYSTEM
from synthetic.population import Chart


def patient_path(vendor: str, chart: Chart) -> str:
    """Return the request, relative to the gateway's FHIR base, that delivers the patient of `chart`."""
    if vendor == "epic":
        return f"Patient/{chart.id}"
    return f"Patient?identifier={quote(f'{MRN_SYSTEM}|{chart.mrn}', safe='')}"


def delivered_id(content: Any) -> str:
    """Return the id of the patient in the answer to such a request, "" when there is not exactly one."""
    try:
        if content["resourceType"] == "Patient":
            return str(content["id"])
        (entry,) = content["entry"]
        return str(entry["resource"]["id"])
    except (LookupError, TypeError, ValueError):
        return ""
