"""Properties are tried often enough to bite and never fail because the machine is busy."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("harness-core", deadline=None, max_examples=50)
settings.load_profile("harness-core")
