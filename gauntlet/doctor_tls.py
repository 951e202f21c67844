"""The doctor's look at the gateway's addresses: names, listeners, and the certificates shown there (ENV-01)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from gauntlet import gateway_tls, ports
from gauntlet.finding import About, Finding
from gauntlet.gateway_addresses import addresses, is_loopback, under_tls
from gauntlet.gateway_tls import TlsAddress
from gauntlet.lab import Lab

DAYS_LEFT = 14


def of_addresses(lab: Lab) -> Iterator[Finding]:
    """Look whether each address of the gateway has a name that resolves and accepts connections."""
    for url in addresses(lab):
        host, port = ports.host_and_port(url)
        try:
            found = gateway_tls.resolved(host, port)
        except OSError as error:
            fix = "correct the host in the target file, or make its name known to this machine"
            seen = f"{host} does not resolve: {error}"
            yield Finding("address", False, seen, fix, hopeless=url == lab.base_url)
            continue
        silent = [address for address in found if not ports.listening(address, port)]
        # A gateway that runs and takes no connection is judged: that may be its own fault.
        seen = (
            f"no connection is accepted at {', '.join(silent)} port {port}" if silent else f"{url} accepts connections"
        )
        fix = "start the gateway there, or correct the URL in the target file" if silent else ""
        yield Finding("address", not silent, seen, fix)


def of_certificates(lab: Lab, now: dt.datetime) -> Iterator[Finding]:
    """Look at the certificate of each address under TLS: chain, host, days left, oldest protocol."""
    secured = under_tls(lab)
    if not secured and is_loopback(ports.host_and_port(lab.base_url)[0]):
        yield Finding("certificate", True, f"not judged: {lab.base_url} is plain HTTP on loopback")
    elif not secured:
        fix = "put the gateway behind TLS"
        yield Finding("certificate", False, f"{lab.base_url} is plain HTTP off loopback", fix, About.CONFORMANCE)
    for address in secured:
        try:
            seen, problems = _certificate(address, now)
        except OSError as error:
            seen, problems = "", [f"no TLS handshake: {error}"]
        fix = "give the gateway another certificate, or its whole chain; switch off TLS below 1.2" if problems else ""
        text = f"{address.url}: {'; '.join(problems) or seen}"
        yield Finding("certificate", not problems, text, fix, About.CONFORMANCE)


def _certificate(address: TlsAddress, now: dt.datetime) -> tuple[str, list[str]]:
    shown = gateway_tls.certificate(address)
    left = (shown.not_valid_after_utc - now) / dt.timedelta(days=1)
    chain, old = gateway_tls.chain_problem(address), gateway_tls.oldest_protocol(address)
    judged = {
        f"the chain does not verify: {chain}": bool(chain),
        f"it is not for {address.host}": not gateway_tls.covers(shown, address.host),
        f"it ends in {left:.1f} days": left <= DAYS_LEFT,
        f"{old} is still spoken": bool(old),
    }
    return f"good for another {left:.0f} days", [problem for problem, there in judged.items() if there]
