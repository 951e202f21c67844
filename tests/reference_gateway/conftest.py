"""Fixtures: keys, a folder, a world around one gateway."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from tests.reference_gateway.resources import allergy, encounter, observation, patient, vital
from tests.reference_gateway.scripted_ehr import fhir, outcome
from tests.reference_gateway.world import open_world


@pytest.fixture
def kit() -> Any:
    """Return the makers of resources and of scripted answers."""
    makers = (patient, observation, encounter, allergy, vital, fhir, outcome)
    return SimpleNamespace(**{maker.__name__: maker for maker in makers})


@pytest.fixture(scope="session")
def ring() -> dict[str, RSAKey]:
    names = ("active", "next", "foreign", "gateway")
    return {
        name: RSAKey.generate_key(
            2048, {"kid": name, "use": "sig", "alg": "RS384" if name == "gateway" else "RS256"}, private=True
        )
        for name in names
    }


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder in memory where there is one: the tests open hundreds of ledgers, and disks are slow to sync."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture
def world(ring: dict[str, RSAKey], folder: Path) -> Callable[..., Any]:
    """Return a function that opens a world: world(defect="name", setting=value)."""
    counter = iter(range(100))

    def opened(**options: Any) -> Any:
        chosen = options.pop("folder", None) or folder / f"w{next(counter)}"
        chosen.mkdir(exist_ok=True)
        return open_world(ring, chosen, **options)

    return opened


@pytest.fixture
def shows(world: Callable[..., Any], kit: Any) -> Callable[..., Any]:
    """Return a judge: a probe must find nothing on the honest gateway and something on the one with the defect."""

    async def judged(name: str, probe: Callable[..., Any], **settings: Any) -> None:
        async with world(**settings) as w:
            assert not await probe(w, kit), "the honest gateway does it"
        async with world(defect=name, **settings) as w:
            assert await probe(w, kit), "the defect does not show"

    return judged
