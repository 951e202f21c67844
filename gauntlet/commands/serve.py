"""`gauntlet serve`: a mock EHR on its own, with a client that is ready to use."""

from __future__ import annotations

import secrets
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from rich.console import Console

from gauntlet import ports, process
from gauntlet.control import Control
from gauntlet.ehr import Ehr
from gauntlet.errors import SetupError, UsageError, closest
from gauntlet.process import Process
from gauntlet.run import DEFAULT_SEED
from gauntlet.scenario import fault as fault_of
from gauntlet.tokens import EhrClient
from synthetic.population import Population

VENDORS = ("epic",)
CLIENT_ID = "demo-client"
_READY_WITHIN_S = 20.0


def serve_ehr(
    vendor: str, *, patients: int, seed: int | None, port: int, faults: Sequence[str], stderr: Console
) -> None:
    """Serve a mock EHR until Ctrl-C; prints addresses, a client with its token, and a curl that works.

    Raises UsageError for an unknown vendor or fault, SetupError for an occupied port.
    """
    if vendor not in VENDORS:
        raise UsageError(f"unknown vendor {vendor!r}{closest(vendor, VENDORS)}", hint=f"there is {', '.join(VENDORS)}")
    specs = [fault_of(name) for name in faults]
    if port:
        ports.require_free(f"127.0.0.1:{port}", "mock EHR")
    signal.signal(signal.SIGTERM, _interrupt)
    chosen = DEFAULT_SEED if seed is None else seed
    with tempfile.TemporaryDirectory(prefix="gauntlet-serve-") as folder:
        secret = secrets.token_hex(16)
        server = _start(vendor, patients, chosen, port, secret, Path(folder))
        try:
            at = server.announcement(_READY_WITHIN_S)
            control = Control("mock EHR", at["control"], secret)
            client = EhrClient(control, f"{at['data']}/FHIR/oauth2/token", CLIENT_ID)
            token = client.fetch()
            for spec in specs:
                Ehr(control).arm(spec)
            _introduce(at, secret, token, Population(chosen, patients), faults)
            stderr.print("serving until Ctrl-C", highlight=False)
            _wait(server)
        except KeyboardInterrupt:
            stderr.print("stopped", highlight=False)
        finally:
            server.stop()


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _start(vendor: str, patients: int, seed: int, port: int, secret: str, folder: Path) -> Process:
    command = [sys.executable, "-P", "-m", "mock_ehr", "--vendor", vendor, "--seed", str(seed)]
    command += ["--patients", str(patients), "--listen", f"127.0.0.1:{port}", "--control", "127.0.0.1:0"]
    return process.start("mock EHR", command, folder / "mock-ehr.log", env={"GAUNTLET_CONTROL_SECRET": secret})


def _introduce(at: dict[str, str], secret: str, token: str, population: Population, faults: Sequence[str]) -> None:
    base = f"{at['data']}/FHIR/api/FHIR/R4"
    patient = population.chart(0)
    curl = ["curl", "-H", f"Authorization: Bearer {token}", "-H", "Accept: application/fhir+json"]
    lines = [
        f"FHIR base      {base}",
        f"token URL      {at['data']}/FHIR/oauth2/token",
        f"client id      {CLIENT_ID} (private_key_jwt; the token below lives one hour)",
        f"token          {token}",
        f"control API    {at['control']}  Authorization: Bearer {secret}",
        f"faults armed   {', '.join(faults) or 'none'}",
        f"a patient      {patient.id} (MRN {patient.mrn}), one of {population.size}",
        f"try            {shlex.join([*curl, f'{base}/Patient/{patient.id}'])}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _wait(server: Process) -> None:
    while True:
        ending = server.ending()
        if ending is not None:
            raise SetupError(f"{ending.sentence()}; its last output:\n{ending.last_lines or '(none)'}")
        time.sleep(0.2)
