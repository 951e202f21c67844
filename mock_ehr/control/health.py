"""Is it up, where does it say it is, and what is in it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from mock_ehr.control.console import Console
from mock_ehr.control.refusal import RefusedError
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import record, rows, text, whole

MOST_PATIENTS = 500

_URL = text("scheme, host and port only, like http://127.0.0.1:8080")
_PATIENT = record({"index": whole("place in the population"), "id": text("patient id")}, "index", "id")


def health(console: Console, _call: Call) -> Any:
    """Tell that the mock is up."""
    state = console.state
    return {"status": "ok", "public_url": state.public_url, "patients": state.store.population.size}


def public_url(console: Console, call: Call) -> Any:
    """Set the address that links and token audiences use."""
    url = call.body["url"]
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and parts.netloc and parts.path in ("", "/")
        fine = bool(fine and not parts.query and not parts.fragment and parts.port != 0)
    except ValueError:
        fine = False
    if not fine:
        raise RefusedError(400, f"url is {url[:200]!r}", "give scheme, host and port only, like http://127.0.0.1:8080")
    console.state.public_url = url.rstrip("/")
    return {"public_url": console.state.public_url}


def patients(console: Console, call: Call) -> Any:
    """List some ids to try with."""
    population = console.state.store.population
    first = call.query.get("first", 0)
    indices = range(min(first, population.size), min(first + call.query.get("count", 20), population.size))
    return {
        "size": population.size,
        "patients": [{"index": index, "id": population.patient(index).id} for index in indices],
    }


ROUTES = (
    Route(
        "GET", "/health", "health", "Is the mock up",
        health,
        gives=record({
            "status": {"const": "ok"}, "public_url": {"type": "string"}, "patients": whole("size of the population"),
        }, "status", "public_url", "patients"),
    ),
    Route(
        "PUT", "/public-url", "setPublicUrl", "Set the address that links and token audiences use",
        public_url,
        body=record({"url": _URL}, "url"),
        gives=record({"public_url": _URL}, "public_url"),
    ),
    Route(
        "GET", "/patients", "listPatients", "List ids of patients to try with",
        patients,
        query={
            "first": whole("index of the first"),
            "count": whole(f"how many, 20 unless given, {MOST_PATIENTS} at most", maximum=MOST_PATIENTS),
        },
        gives=record({"size": whole("size of the population"), "patients": rows(_PATIENT)}, "size", "patients"),
    ),
)  # fmt: skip
