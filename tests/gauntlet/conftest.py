"""Properties are tried often enough to bite and never fail because the machine is busy; an app for tests of others."""

from __future__ import annotations

import pytest
from hypothesis import settings

from gauntlet.consumer import Consumer

settings.register_profile("harness-core", deadline=None, max_examples=50)
settings.load_profile("harness-core")


@pytest.fixture
def app() -> Consumer:
    """An app that asks nobody anything."""
    return Consumer("interactive", "app-1", "http://gateway:8080/fhir/R4", lambda: None, lambda: None, None)  # type: ignore[arg-type,return-value]
