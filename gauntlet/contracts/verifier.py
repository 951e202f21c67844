"""Verifies one pact file with pact-python: `python -m gauntlet.contracts.verifier PACT URL RESULT`.

A process of its own. The verifier is a foreign library that no signal of Python's interrupts while it works, writes to
standard output as it likes, and would call home unless it is told not to before it is loaded.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

REQUEST_TIMEOUT_MS = 20_000


def main(pact: str, url: str, result: str) -> None:
    """Verify the pact file against the provider at `url` and write what was found to `result` as JSON."""
    os.environ["PACT_DO_NOT_TRACK"] = "true"
    from pact import Verifier  # noqa: PLC0415 - only after telemetry is off

    provider = json.loads(Path(pact).read_bytes())["provider"]["name"]
    verifier = Verifier(provider, host="127.0.0.1").add_transport(url=url).add_source(Path(pact))
    verifier.set_request_timeout(REQUEST_TIMEOUT_MS).follow_redirects(False).set_coloured_output(enabled=False)
    with contextlib.suppress(RuntimeError):  # its message says nothing, the results do
        verifier.verify()
    Path(result).write_text(json.dumps(verifier.results), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
