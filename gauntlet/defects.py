"""The defects of the reference gateway, as its own command lists them."""

from __future__ import annotations

import functools
import subprocess
import sys
from dataclasses import dataclass

import orjson

from gauntlet.errors import HarnessError


@dataclass(frozen=True, slots=True)
class Defect:
    """A named way to be wrong: `breaks` is the requirement that it violates."""

    name: str
    breaks: str
    summary: str
    target: str = "reference"  # the bundled target on which it is tried


@functools.cache
def list_defects() -> tuple[Defect, ...]:
    """Return every defect, by asking the reference gateway. Raises HarnessError when it does not answer."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "reference_gateway", "defects"],
        capture_output=True,
        check=False,
        timeout=60,
    )
    if done.returncode != 0:
        raise HarnessError(f"the reference gateway does not list its defects: {done.stderr.decode()[-500:]}")
    return tuple(Defect(**item) for item in orjson.loads(done.stdout))
