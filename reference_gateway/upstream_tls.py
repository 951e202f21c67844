"""TLS towards the EHR: the certificate's authority, time and host are verified, nothing below TLS 1.2 is spoken."""

from __future__ import annotations

import ssl
from pathlib import Path


def upstream_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return the context for connections to the EHR; it trusts the authorities in `ca_file`, else the system's."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
