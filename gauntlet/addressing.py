"""How a consumer gets at a chart's patient: by the EHR's own id where gateways pass it on, else by the MRN.

Epic's FHIR ids reach consumers as they are. Unity has no FHIR ids, so that each gateway makes its own.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from synthetic.patient import MRN_SYSTEM
from synthetic.population import Chart

_UNMISTAKABLE = 12  # characters: an id so long stands nowhere by chance


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


def names_patient(text: str, patient: str) -> bool:
    """Return whether `text` names the patient with this id.

    A short id, as gateways may make them, must stand there as a word of its own, and one of digits alone as a reference
    or value of `id` or `patient`: else any number would do.
    """
    if len(patient) >= _UNMISTAKABLE:
        return patient in text
    before = (
        r"(?:Patient/|\b(?:id|patient|subject)[\"']?\s*[:=]\s*[\"']?)" if patient.isdigit() else r"(?<![A-Za-z0-9])"
    )
    return re.search(rf"{before}{re.escape(patient)}(?![A-Za-z0-9])", text) is not None
