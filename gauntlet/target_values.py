"""What tables of the target file have in common: unknown keys are refused, and texts have a shape."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def shaped(pattern: str, advice: str) -> AfterValidator:
    """Return a validator of texts that match `pattern`; `advice` is the error, for patterns tell people little."""

    def check(value: str) -> str:
        if not re.match(pattern, value):
            raise ValueError(f"{advice}, not {value!r}")
        return value

    return AfterValidator(check)


Address = Annotated[
    str,
    shaped(r"(127\.\d+\.\d+\.\d+|localhost):\d+$", 'give a loopback address with a port, such as "127.0.0.1:9443"'),
]


ReadyUrl = Annotated[
    str,
    shaped(r"https?://|\{gateway\.(root|base_url)\}", "a URL begins with http://, https:// or {gateway.root}"),
]

RESOURCE_TYPES = (
    "Patient",
    "Encounter",
    "Condition",
    "Observation",
    "MedicationRequest",
    "AllergyIntolerance",
    "Appointment",
)

CLAIMABLE_TYPES = (*RESOURCE_TYPES, "Immunization")  # what is beyond the above is claimed by naming it

Seconds = Annotated[float, Field(gt=0, le=3600)]


class Table(BaseModel):
    """A table of the target file: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
