"""Writes the pact files: `python -m gauntlet.contracts.consumers.publish FOLDER`.

Each request of a contract is sent, as its consumer sends it, to a server that pact-python makes of the contract: a
contract whose own consumer does not follow it is not published.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["PACT_DO_NOT_TRACK"] = "true"  # before pact is imported

import httpx

from gauntlet.contracts.consumers import lab_viewer, medication_reconciliation, registration_desk, scheduling_app
from gauntlet.contracts.consumers.wording import FHIR_JSON, Asked, contract, example

CONSUMERS = (scheduling_app, medication_reconciliation, lab_viewer, registration_desk)


def publish(folder: Path) -> list[str]:
    """Write the contracts of all consumers and return the names of the files.

    Raises httpx.HTTPError or pact's MismatchesError when a request is not the one its contract describes.
    """
    for consumer in CONSUMERS:
        for asked in consumer.INTERACTIONS:
            _follow(consumer.NAME, asked)
        contract(consumer.NAME, *consumer.INTERACTIONS).write_file(folder, overwrite=True)
    return sorted(file.name for file in folder.glob("*.json"))


def _follow(name: str, asked: Asked) -> None:
    """Send one request to a server of its own: others may differ from it by their state only."""
    query = {parameter: example(value) for parameter, value in asked.query.items()}
    with contract(name, asked).serve() as server, httpx.Client(base_url=str(server.url), trust_env=False) as client:
        answer = client.get(example(asked.path), params=query, headers={"Accept": FHIR_JSON})
    if answer.status_code != asked.status:
        raise httpx.HTTPError(f"{name}, {asked.description}: {answer.text}")


if __name__ == "__main__":
    sys.stdout.write("\n".join(publish(Path(sys.argv[1]))) + "\n")
