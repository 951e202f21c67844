"""Pact files (specification versions 2, 3 and 4): one Interaction for each request and answer they hold.

Source: https://github.com/pact-foundation/pact-specification.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROVIDER = "ehr-gateway"  # how our own contracts call a gateway
_HTTP = "Synchronous/HTTP"


@dataclass(frozen=True)
class Interaction:
    """One request with the answer a consumer needs. `obstacle` says why it cannot be verified, "" when it can."""

    consumer: str
    provider: str
    description: str
    states: tuple[tuple[str, Mapping[str, Any]], ...]  # name and parameters
    raw: Mapping[str, Any]  # as the pact file has it
    specification: str  # "4.0"
    file: str
    obstacle: str = ""

    @property
    def name(self) -> str:
        """Consumer and description as one short word."""
        words = re.sub(r"[^a-z0-9]+", "-", f"{self.consumer} {self.description}".lower()).strip("-")
        return words[:80].rstrip("-")

    @property
    def resource_type(self) -> str:
        """The resource type that the request is about, "" when its path names none."""
        request = self.raw.get("request", {})
        found = re.match(r"/([A-Z][A-Za-z]+)(?:[/?]|$)", str(request.get("path", "")))
        return found[1] if found else ""

    @property
    def wanted_status(self) -> int:
        """The status that the consumer expects; 200 when the contract leaves it open."""
        status = self.raw.get("response", {}).get("status", 200)
        return status if isinstance(status, int) else 200


def obstructed(name: str, file: str, obstacle: str) -> Interaction:
    """Return what stands for a contract that cannot be read: it is never verified and never passes."""
    return Interaction(name, "", "", (), {}, "", file, obstacle)


def read_pacts(folder: Path, provider: str, known_states: Iterable[str]) -> list[Interaction]:
    """Return the interactions of all pact files (`*.json`) of a folder, in order of file and place.

    What cannot be verified says why: a folder without interactions, a file that is no pact, another provider's pact, a
    message instead of a request, a provider state that nobody here can bring about.
    """
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    found = [item for file in files for item in _of_file(file, provider, frozenset(known_states))]
    return found or [obstructed(folder.name, folder.name, f"there is no pact file with an interaction in {folder}")]


def _of_file(file: Path, provider: str, known: frozenset[str]) -> list[Interaction]:
    try:
        pact = json.loads(file.read_bytes())
        metadata = pact.get("metadata", {})
        version = metadata.get("pactSpecification", metadata.get("pact-specification", {})).get("version", "2.0.0")
        names = pact["consumer"]["name"], pact["provider"]["name"]
        found = [_interaction(raw, names, str(version), file.name, known) for raw in pact.get("interactions", [])]
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        return [obstructed(file.stem, file.name, f"{file.name} is no pact file: {error!r}")]
    if names[1] != provider:
        told = f"{file.name} is a contract with {names[1]!r}, this gateway is {provider!r}: see [contract] provider"
        return [obstructed(file.stem, file.name, told)]
    return found or [obstructed(file.stem, file.name, f"{file.name} holds no interaction: it says nothing")]


def _interaction(
    raw: Mapping[str, Any], names: tuple[str, str], version: str, file: str, known: frozenset[str]
) -> Interaction:
    listed = raw.get("providerStates") or raw.get("providerState") or raw.get("provider_state") or []
    states: list[dict[str, Any]] = [{"name": listed}] if isinstance(listed, str) else listed
    named = tuple((str(state["name"]), state.get("params") or {}) for state in states)
    strange = [state for state, _ in named if state not in known]
    obstacle = ""
    if raw.get("type", _HTTP) != _HTTP:
        obstacle = f"it is of type {raw['type']!r}; only requests over HTTP can be verified"
    elif strange:
        obstacle = (
            f"nobody here can bring about the provider state {strange[0]!r}; known are {', '.join(sorted(known))}"
        )
    return Interaction(*names, str(raw.get("description", "")), named, raw, version, file, obstacle)
