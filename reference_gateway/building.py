"""Building the gateway that the settings ask for: in front of Epic or of Allscripts Unity."""

from __future__ import annotations

from contextlib import AsyncExitStack

from reference_gateway.assembly import Assembly, Built
from reference_gateway.clock import Clock
from reference_gateway.composition import Parts
from reference_gateway.settings import Settings
from reference_gateway.unity_assembly import UnityAssembly


async def build(settings: Settings, parts: Parts, stack: AsyncExitStack, clock: Clock | None = None) -> Built:
    """Build the gateway; `stack` closes what it opened. Raises OSError when state or audit file cannot be opened."""
    assembly = Assembly if settings.unity is None else UnityAssembly
    return await assembly(settings, parts, clock or Clock()).build(stack)
