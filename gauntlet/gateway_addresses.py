"""The addresses at which consumers reach the gateway, and how one gets in at those under TLS."""

from __future__ import annotations

import ipaddress
import ssl
from functools import partial
from urllib.parse import urlsplit

from gauntlet.gateway_tls import TlsAddress
from gauntlet.lab import Lab
from gauntlet.ports import host_and_port
from gauntlet.tls import fresh_tls_context


def addresses(lab: Lab) -> list[str]:
    """Return the URLs: the FHIR base, and the one that wants client certificates where it is claimed."""
    return [lab.base_url, *([lab.values["mtls.base_url"]] if lab.mutual_tls else [])]


def under_tls(lab: Lab) -> list[TlsAddress]:
    """Return those of the addresses that are under TLS."""
    return [
        TlsAddress(url, *host_and_port(url), partial(_context, lab, url))
        for url in addresses(lab)
        if urlsplit(url).scheme == "https"
    ]


def _context(lab: Lab, url: str) -> ssl.SSLContext:
    if lab.mutual_tls and url == lab.values["mtls.base_url"]:
        return lab.mutual_tls.context("good")
    return fresh_tls_context(lab.target.ca_file)


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, by name or address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
