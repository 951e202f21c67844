"""A SMART launch by a client that nobody here wrote: fhirclient (PyPI), unchanged."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

REDIRECT = "http://127.0.0.1:9/back"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_fhirclient_launches_reads_and_refreshes(live: Any) -> None:
    client = pytest.importorskip("fhirclient.client")
    scopes = "launch/patient openid fhirUser offline_access patient/*.read"
    raw = {
        "client_secret": "s3cret",
        "scopes": scopes.split(),
        "redirect_uris": [REDIRECT],
        "auto_approve": True,
        "refresh": "rolling",
    }
    assert live.control.put("/clients/app", json=raw).status_code == 200
    smart = client.FHIRClient(
        settings={
            "app_id": "app",
            "app_secret": "s3cret",
            "api_base": f"{live.running.data}/FHIR/api/FHIR/R4/",
            "redirect_uri": REDIRECT,
            "scope": scopes,
        }
    )
    assert not smart.prepare()
    back = httpx.get(smart.authorize_url, trust_env=False)
    smart.handle_callback(back.headers["location"])
    assert (smart.ready, smart.patient_id) == (True, live.running.state.store.population.chart(0).id)
    assert smart.patient.id == smart.patient_id
    live.control.put("/clock", json={"offset_s": 3600})
    assert smart.reauthorize()
    assert smart.ready
