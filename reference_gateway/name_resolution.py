"""Finding the EHR by its name: in a hosts file (hosts(5)) first, where one is set, then as the system does."""

from __future__ import annotations

import socket
from pathlib import Path

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

KEPT_S = 1  # an address is asked for again after so many seconds


class HostsFileResolver(AbstractResolver):
    """Looks a name up; the file is read at each look-up, and what it does not name is the system's business."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._system = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a host. Raises OSError when nobody knows it."""
        addresses = self.addresses(host)
        if not addresses:
            return await self._system.resolve(host, port, family)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    def addresses(self, host: str) -> list[str]:
        """Return the addresses that the file has for a host now, none when it cannot be read."""
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return []
        rows = [line.partition("#")[0].split() for line in lines]
        return [row[0] for row in rows if host.lower() in [name.lower() for name in row[1:]]]

    async def close(self) -> None:
        """Let go of the system's resolver."""
        await self._system.close()
