"""The EHR behind TLS, for a second gateway: its address through the network, and the certificate that it shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gauntlet.errors import Inconclusive
from gauntlet.lab import Lab
from gauntlet.placeholder import names_in

PROXY = "ehr-tls"
CA_FILE = "ehr.ca_file"


class UpstreamTls:
    """Puts the EHR behind TLS."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    @contextmanager
    def values(self) -> Iterator[dict[str, str]]:
        """Yield the placeholders of a gateway that reaches the EHR under TLS; the EHR goes by that address meanwhile.

        Raises Inconclusive when the target file does not tell the gateway whom to trust.
        """
        lab = self._lab
        table = lab.target.file.gateway.launch
        if table is None or CA_FILE not in set(names_in([table.command, table.env, table.files])):
            raise Inconclusive(f"[gateway.launch] does not use {{{CA_FILE}}}: the gateway cannot trust the EHR")
        proxy = lab.network.create_proxy(PROXY, lab.secured_ehr.removeprefix("https://"))
        address = proxy.url.replace("http://", "https://", 1)
        try:
            lab.ehr.publish_at(address)
            yield lab.upstream.values(address)
        finally:
            lab.ehr.show_certificate("good")
            lab.ehr.publish_at(lab.ehr_url)
            lab.network.remove_proxy(PROXY)

    def show(self, kind: str) -> None:
        """Show another certificate, and cut the connections that still go by the one before."""
        self._lab.ehr.show_certificate(kind)
        with self._lab.network.down(PROXY):
            pass
