"""Building the gateway that the settings ask for: in front of Epic or of Allscripts Unity, or of two EHRs."""

from __future__ import annotations

from contextlib import AsyncExitStack

from reference_gateway.assembly import Assembly, Built
from reference_gateway.clock import Clock
from reference_gateway.composition import Parts
from reference_gateway.settings import Settings
from reference_gateway.two_gateways import TwoGateways, settings_of_second
from reference_gateway.unity_assembly import UnityAssembly


async def build(settings: Settings, parts: Parts, stack: AsyncExitStack, clock: Clock | None = None) -> Built:
    """Build the gateway; `stack` closes what it opened. Raises OSError when state or audit file cannot be opened."""
    clock = clock or Clock()
    first = await _one(settings, parts, stack, clock)
    apart = settings_of_second(settings)
    if apart is None:
        return first
    second = await _one(apart, parts, stack, clock)
    return Built(TwoGateways(first.gateway, second.gateway), (*first.background, *second.background))


async def _one(settings: Settings, parts: Parts, stack: AsyncExitStack, clock: Clock) -> Built:
    """Build the gateway in front of one EHR."""
    assembly = Assembly if settings.unity is None else UnityAssembly
    return await assembly(settings, parts, clock).build(stack)
