"""The EHR under a name whose address changes, for a second gateway that finds the name in a hosts file (hosts(5))."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gauntlet.errors import Inconclusive
from gauntlet.lab import Lab
from gauntlet.network.errors import NetworkError
from gauntlet.network.fault import NetworkFault
from gauntlet.placeholder import names_in
from gauntlet.running import RunningCheck

NAME = "ehr.gauntlet.test"  # RFC 6761: .test is nobody's
OLD, NEW = "127.0.0.1", "127.0.0.2"
PLACES = {OLD: "ehr-before-its-move", NEW: "ehr-after-its-move"}  # proxies by address
HOSTS_FILE = "ehr.hosts_file"


@dataclass
class Moving:
    """An EHR that can move; `values` are the placeholders of a gateway that reaches it by name."""

    lab: Lab
    running: RunningCheck
    hosts: Path
    values: dict[str, str]

    def move(self) -> None:
        """Let the name lead to the new address; the old one still serves."""
        _write(self.hosts, NEW)

    @contextmanager
    def old_address_gone(self) -> Iterator[NetworkFault]:
        """Close the old address, and every connection to it, for the length of the block.

        Raises Inconclusive when a probe of the harness's own still gets through.
        """
        with self.lab.network.down(PLACES[OLD]) as fault:
            self.running.network_faults.append(fault)
            if not fault.proven():
                raise Inconclusive(f"the old address still answers: {fault.evidence}")
            yield fault


@contextmanager
def moving_ehr(lab: Lab, running: RunningCheck) -> Iterator[Moving]:
    """Give the EHR a name and two addresses, and let the name lead to the first.

    Raises Inconclusive when the target file does not tell the gateway where names are found, or this machine has no
    second loopback address.
    """
    table = lab.target.file.gateway.launch
    if table is None or HOSTS_FILE not in set(names_in([table.command, table.env, table.files])):
        raise Inconclusive(f"[gateway.launch] does not use {{{HOSTS_FILE}}}: the gateway cannot find the EHR's name")
    hosts, upstream = Path(lab.values[HOSTS_FILE]), lab.ehr_url.removeprefix("http://")
    before = hosts.read_text(encoding="utf-8")
    path = lab.upstream.probe_path
    try:
        port = lab.network.create_proxy(PLACES[OLD], upstream, probe_path=path).listen.rpartition(":")[2]
        try:
            lab.network.create_proxy(PLACES[NEW], upstream, probe_path=path, listen=f"{NEW}:{port}")
        except NetworkError as error:
            raise Inconclusive(f"the EHR cannot be moved to {NEW}:{port} on this machine: {error}") from None
        _write(hosts, OLD)
        address = f"http://{NAME}:{port}"
        lab.ehr.publish_at(address)
        yield Moving(lab, running, hosts, lab.upstream.values(address))
    finally:
        lab.ehr.publish_at(lab.ehr_url)
        for name in PLACES.values():
            lab.network.remove_proxy(name)
        hosts.write_text(before, encoding="utf-8")


def _write(hosts: Path, address: str) -> None:
    fresh = hosts.with_name(f"{hosts.name}.new")
    fresh.write_text(f"{address} {NAME}\n", encoding="utf-8")
    fresh.replace(hosts)
