"""Network faults as checks use them: armed for a block, recorded as evidence, worthless unless proven."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gauntlet.errors import Inconclusive
from gauntlet.lab import EHR_PROXY, Lab
from gauntlet.network.fault import NetworkFault
from gauntlet.running import RunningCheck


class ShakyNetwork:
    """The path between gateway and EHR, breakable."""

    def __init__(self, lab: Lab, running: RunningCheck) -> None:
        self._lab = lab
        self._running = running

    @contextmanager
    def fault(self, toxic: str, *, stream: str = "downstream", **attributes: Any) -> Iterator[NetworkFault]:
        """Put a toxic on the path for the length of the block.

        Raises Inconclusive when the harness's own probe through the proxy does not feel it.
        """
        with self._lab.network.fault(EHR_PROXY, toxic, stream=stream, **attributes) as fault:
            self._require_proven(fault)
            yield fault

    @contextmanager
    def down(self) -> Iterator[NetworkFault]:
        """Cut the path for the length of the block: the EHR is unreachable."""
        with self._lab.network.down(EHR_PROXY) as fault:
            self._require_proven(fault)
            yield fault

    def _require_proven(self, fault: NetworkFault) -> None:
        self._running.network_faults.append(fault)
        if not fault.proven():
            raise Inconclusive(f"the network fault {fault.name} was not felt by a probe: {fault.evidence}")
