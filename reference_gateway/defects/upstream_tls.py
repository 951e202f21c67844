"""Defects in verifying the EHR's certificate (UPA)."""

from __future__ import annotations

import ssl
from pathlib import Path

from reference_gateway.defects.defect import swap
from reference_gateway.upstream_tls import upstream_context

_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL


def trusts_any_certificate(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that verifies nothing."""
    context = upstream_context(ca_file)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def ignores_certificate_host(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that takes every host's certificate, as long as it is genuine."""
    context = upstream_context(ca_file)
    context.check_hostname = False
    return context


def ignores_certificate_expiry(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context without a look at the calendar."""
    context = upstream_context(ca_file)
    context.verify_flags |= _NO_CHECK_TIME
    return context


DEFECTS = (
    swap("trusts-any-certificate", "UPA-11", "verifies no certificate", upstream_context=trusts_any_certificate),
    swap("ignores-certificate-host", "UPA-11", "trusts another host's", upstream_context=ignores_certificate_host),
    swap("ignores-certificate-expiry", "UPA-11", "trusts an expired one", upstream_context=ignores_certificate_expiry),
)
