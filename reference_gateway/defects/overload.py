"""Defects in what gives way under overload (RES)."""

from __future__ import annotations

from reference_gateway.defects.defect import swap
from reference_gateway.exchange import Target
from reference_gateway.shedding import Shedding


class ShedsNothing(Shedding):
    """Lets everything wait until it is too late for all of it."""

    def check(self, target: Target) -> None:
        """Let it wait."""


class ShedsWhateverComes(Shedding):
    """Refuses what comes last, whatever it is."""

    def gives_way(self, resource_type: str) -> bool:  # noqa: ARG002 - the honest signature
        """Let everything give way."""
        return True


DEFECTS = (
    swap("sheds-nothing", "RES-11", "lets everything wait under overload", shedding=ShedsNothing),
    swap("sheds-whatever-comes", "RES-11", "sheds without looking at what it is", shedding=ShedsWhateverComes),
)
