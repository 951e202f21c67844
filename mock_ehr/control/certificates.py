"""TLS of the data side: which certificate is shown, and certificates for clients."""

from __future__ import annotations

from typing import Any

from mock_ehr.behaviours import FaultError
from mock_ehr.control.console import Console
from mock_ehr.control.refusal import RefusedError
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import flag, record, text
from mock_ehr.tls import Tls


def tls_of(console: Console) -> Tls:
    """Return the TLS of the data side. Raises RefusedError (409) when it speaks plain HTTP."""
    if console.state.tls is None:
        raise RefusedError(409, "the data side speaks plain HTTP", "start the mock EHR with --tls FOLDER")
    return console.state.tls


def shown(console: Console, _call: Call) -> Any:
    """Tell whether TLS is spoken, which certificate is shown and whom to trust."""
    tls = console.state.tls
    if tls is None:
        return {"speaks_tls": False}
    settings = tls.settings
    return {
        "speaks_tls": True,
        "shown": tls.shown,
        "client_certificate": settings.client_certificate,
        "lowest": settings.lowest,
        "highest": settings.highest,
        "authority": tls.authority.decode(),
    }


def show(console: Console, call: Call) -> Any:
    """Show another certificate to connections from now on."""
    try:
        tls_of(console).show(call.body["shown"])
    except FaultError as error:
        raise RefusedError(400, str(error)) from error
    return shown(console, call)


def issue(console: Console, call: Call) -> Any:
    """Issue a certificate for a client."""
    try:
        made = tls_of(console).client(call.body["common_name"], call.body.get("kind", "good"))
    except FaultError as error:
        raise RefusedError(400, str(error)) from error
    return {"certificate": made.certificate.decode(), "key": made.key.decode()}


_NAME = text("common name of its subject", maxLength=64)
_KIND = text("good, expired, not-yet-valid or unknown-authority; good unless given")
_SHOWN = text("good, expired, not-yet-valid, other-host, self-signed or unknown-authority")
_TOLD = {
    "speaks_tls": flag("the data side speaks TLS"),
    "shown": _SHOWN,
    "client_certificate": text("none, optional or required"),
    "lowest": text("lowest version of TLS"),
    "highest": text("highest version of TLS"),
    "authority": text("PEM", maxLength=65_536),
}
ROUTES = (
    Route("GET", "/tls", "readTls", "Tell how the data side speaks TLS", shown, gives=record(_TOLD, "speaks_tls")),
    Route("PUT", "/tls", "showCertificate", "Show another certificate to new connections", show,
          body=record({"shown": _SHOWN}, "shown"), gives=record(_TOLD, "speaks_tls")),
    Route("POST", "/tls/client-certificates", "issueClientCertificate", "Issue a certificate for a client", issue,
          body=record({"common_name": _NAME, "kind": _KIND}, "common_name"),
          gives=record({"certificate": text("PEM", maxLength=65_536), "key": text("PEM", maxLength=65_536)},
                       "certificate", "key")),
)  # fmt: skip
