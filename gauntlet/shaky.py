"""Network faults as checks use them: armed for a block, recorded as evidence, worthless unless proven."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from gauntlet.consumer import Consumer
from gauntlet.errors import Inconclusive
from gauntlet.lab import EHR_PROXY, Lab
from gauntlet.network.fault import NetworkFault
from gauntlet.running import RunningCheck
from gauntlet.steps import step


class ShakyNetwork:
    """A path, breakable: between gateway and EHR."""

    def __init__(self, lab: Lab, running: RunningCheck) -> None:
        self._lab = lab
        self._running = running

    def proxy(self) -> str:
        """Return the name of the proxy on the path."""
        return EHR_PROXY

    @contextmanager
    def fault(self, toxic: str, *, stream: str = "downstream", **attributes: Any) -> Iterator[NetworkFault]:
        """Put a toxic on the path for the length of the block.

        Raises Inconclusive when the harness's own probe through the proxy does not feel it.
        """
        with self._lab.network.fault(self.proxy(), toxic, stream=stream, **attributes) as fault:
            self._require_proven(fault)
            step(f"network fault {toxic} felt")
            yield fault

    @contextmanager
    def down(self) -> Iterator[NetworkFault]:
        """Cut the path for the length of the block: what lies behind it is unreachable."""
        with self._lab.network.down(self.proxy()) as fault:
            self._require_proven(fault)
            step("network fault down felt")
            yield fault

    def _require_proven(self, fault: NetworkFault) -> None:
        self._running.network_faults.append(fault)
        if not fault.proven():
            raise Inconclusive(f"the network fault {fault.name} was not felt by a probe: {fault.evidence}")


class ShakyConsumerNetwork(ShakyNetwork):
    """The path between consumers and gateway, for the consumers that are sent over it."""

    def proxy(self) -> str:
        """Return the name of the proxy on the path, which stands from its first use on."""
        return self._lab.consumer_proxy().name

    def over(self, consumer: Consumer) -> Consumer:
        """Return the same app, whose requests take this path."""
        address = urlsplit(consumer.base_url)
        return replace(consumer, base_url=address._replace(netloc=self._lab.consumer_proxy().listen).geturl())
