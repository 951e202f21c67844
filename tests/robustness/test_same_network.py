"""Checks of the network come to the same verdicts over the built-in server and over the real toxiproxy-server."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from gauntlet import places
from gauntlet.network.launch import REAL_SERVER
from tests.robustness.live_run import LiveRun

CHECKS = (
    "chaos/test_outages.py::test_broken_network",
    "chaos/test_outages.py::test_connections_that_are_reset",
    "chaos/test_outages.py::test_thin_network",
    "chaos/test_outages.py::test_unreachable_ehr",
    "chaos/test_outages.py::test_recovery_after_network_outage",
)
REAL = shutil.which(REAL_SERVER)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="watches processes through /proc: needs Linux")


def verdicts(folder: Path, path: str) -> dict[str, str]:
    """Return the verdicts of the network's checks with programs looked for along `path`."""
    only = [part for check in CHECKS for part in ("--only", check)]
    target = places.bundled("targets") / "reference.toml"
    return (
        LiveRun(folder, ["run", str(target), "--out", "out", *only], {"PATH": path, "TOXIPROXY_URL": ""})
        .end()
        .verdicts()
    )


@pytest.mark.skipif(REAL is None, reason=f"there is no {REAL_SERVER} on PATH")
def test_verdicts_are_the_same_over_both_servers(tmp_path: Path) -> None:
    usual = os.environ["PATH"].split(os.pathsep)
    without = os.pathsep.join(folder for folder in usual if not (Path(folder) / REAL_SERVER).exists())
    built_in = verdicts(tmp_path / "built-in", without)
    assert len(built_in) >= len(CHECKS)
    assert built_in == verdicts(tmp_path / "real", os.environ["PATH"])
