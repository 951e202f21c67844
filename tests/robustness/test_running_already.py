"""A gateway that the lab did not start: fixed addresses, its own key, judged like any other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.robustness.live_run import LiveRun
from tests.robustness.target_files import free_port, running_already

CLIENT = {"lane": "interactive", "rate_per_s": 500, "burst": 1000}


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Path]:
    """Start the reference gateway as an operator would; return its target file."""
    port, ehr, issuer = free_port(), free_port(), free_port()
    file = running_already(tmp_path / "gateway", port, ehr=ehr, issuer=issuer)
    (file.parent / "clients.json").write_text(json.dumps({"clients": {"app-interactive": CLIENT}, "default": CLIENT}))
    base_url = f"http://127.0.0.1:{port}/fhir/R4"
    environment = {
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "GATEWAY_BASE_URL": base_url,
        "GATEWAY_ISSUER": f"http://127.0.0.1:{issuer}",
        "GATEWAY_AUDIENCE": base_url,
        "GATEWAY_EHR_BASE_URL": f"http://127.0.0.1:{ehr}/FHIR/api/FHIR/R4",
        "GATEWAY_EHR_TOKEN_URL": f"http://127.0.0.1:{ehr}/FHIR/oauth2/token",
        "GATEWAY_EHR_CLIENT_ID": "gauntlet-gateway",
        "GATEWAY_EHR_KEY_FILE": str(file.parent / "private.json"),
        "GATEWAY_STATE_DIR": str(file.parent),
        "GATEWAY_AUDIT_FILE": str(file.parent / "audit.jsonl"),
        "GATEWAY_CLIENTS_FILE": str(file.parent / "clients.json"),
    }
    with (file.parent / "gateway.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "reference_gateway", "serve"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        assert process.stdout is not None
        try:
            assert b"ready" in process.stdout.readline()
            yield file
        finally:
            process.terminate()
            process.wait(20)
            process.stdout.close()


def test_a_gateway_that_already_runs_is_judged_again_and_again(tmp_path: Path, target: Path) -> None:
    only = [part for prefix in ("CON-06", "AUT-01", "PHI-01") for part in ("--only", prefix)]
    for number in ("1", "2"):  # the second run finds a gateway whose issuer and EHR were away for a while
        outcome = LiveRun(tmp_path / number, ["run", str(target), "--out", "out", *only]).end()
        assert outcome.result is not None, outcome.stderr
        verdicts = {check["check"]: check["verdict"] for check in outcome.result["checks"]}
        assert len(verdicts) >= 12
        assert set(verdicts.values()) <= {"pass", "not-claimed"}, outcome.result["reason"]
        assert outcome.exit_code == 3  # a selection is a partial run
        assert outcome.left_over == []
