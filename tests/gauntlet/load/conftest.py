from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from gauntlet.load.plan import Plan, PlannedPatient, Token
from gauntlet.load.profile import Profile

WHY = "a reason for the numbers"


def profile_data(**changes: Any) -> dict[str, Any]:
    return {
        "name": "flat",
        "title": "Flat",
        "why": WHY,
        "curve": [{"at_s": 0.0, "per_s": 50.0, "why": WHY}, {"at_s": 2.0, "per_s": 50.0, "why": WHY}],
        "mix": [
            {"name": "header", "role": "nurse", "request": "Patient/{patient}", "weight": 1.0, "why": WHY},
            {
                "name": "labs",
                "role": "physician",
                "request": "Observation?patient={patient}&category=laboratory",
                "weight": 3.0,
                "why": WHY,
            },
        ],
        "slo": {
            "p50_ms": {"limit": 200.0, "why": WHY},
            "p95_ms": {"limit": 400.0, "why": WHY},
            "p99_ms": {"limit": 600.0, "why": WHY},
            "error_rate": {"limit": 0.01, "why": WHY},
            "wrong_patient": {"limit": 0, "why": WHY},
        },
        "limits": {"answer_timeout_s": 5.0, "drain_s": 2.0, "connections": 500, "why": WHY},
        **changes,
    }


@pytest.fixture
def raw_profile() -> Callable[..., dict[str, Any]]:
    return profile_data


@pytest.fixture
def profile() -> Callable[..., Profile]:
    return lambda **changes: Profile.model_validate(profile_data(**changes))


@pytest.fixture
def plan() -> Callable[..., Plan]:
    def build(**changes: Any) -> Plan:
        far = time.time() + 3600
        given: dict[str, Any] = {
            "base_url": "http://127.0.0.1:8080/fhir/R4",
            "tokens": {role: Token(value=f"secret-{role}", expires_at=far) for role in ("nurse", "physician")},
            "patients": [PlannedPatient(values={"patient": f"p{n}", "mrn": f"mrn-p{n}"}) for n in range(20)],
            "seed": 7,
            **changes,
        }
        return Plan(**given)

    return build
