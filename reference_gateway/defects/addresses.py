"""Defects in finding the EHR (RES)."""

from __future__ import annotations

from pathlib import Path

from reference_gateway.defects.defect import swap
from reference_gateway.name_resolution import HostsFileResolver


class ResolvesNamesOnce(HostsFileResolver):
    """Asks for an address once and keeps it, as an eternal cache does."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self._kept: dict[str, list[str]] = {}

    def addresses(self, host: str) -> list[str]:
        """Return the addresses that the host had at first."""
        if host not in self._kept:
            self._kept[host] = super().addresses(host)
        return self._kept[host]


DEFECTS = (swap("resolves-names-once", "RES-14", "keeps the EHR's first address", resolver=ResolvesNamesOnce),)
