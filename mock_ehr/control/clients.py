"""Registered clients: who may ask for tokens. The vendor knows what a registration holds."""

from __future__ import annotations

from typing import Any

from mock_ehr.clients import RegistrationError
from mock_ehr.control.console import Console
from mock_ehr.control.refusal import RefusedError, absent
from mock_ehr.control.route import Call, Route
from mock_ehr.control.shape import ANYTHING, record, rows, text, whole


def register(console: Console, call: Call) -> Any:
    """Register a client or change it."""
    try:
        return console.register(call.path["client_id"], call.body)
    except RegistrationError as error:
        raise RefusedError(400, str(error)) from error


def listing(console: Console, _call: Call) -> Any:
    """Name the registered clients."""
    return {"clients": sorted(console.state.clients)}


def remove(console: Console, call: Call) -> Any:
    """Remove a client; its tokens die with it."""
    client_id, state = call.path["client_id"], console.state
    if state.clients.pop(client_id, None) is None:
        raise absent(f"no client {client_id!r}", "GET /clients lists those that are registered")
    mine = [grant for grant in state.tokens.issued() if grant.client_id == client_id]
    for grant in mine:
        state.tokens.expire(grant)
    return {"removed": client_id, "expired": len(mine)}


ROUTES = (
    Route(
        "GET", "/clients", "listClients", "Name the registered clients",
        listing,
        gives=record({"clients": rows(text("client id"))}, "clients"),
    ),
    Route(
        "PUT", "/clients/{client_id}", "registerClient",
        "Register a client or change it; what a registration holds is the vendor's: keys (jwks) and scopes at Epic",
        register,
        body=ANYTHING,
        gives={"type": "object", "properties": {"client_id": text("client id")}, "required": ["client_id"]},
    ),
    Route(
        "DELETE", "/clients/{client_id}", "removeClient", "Remove a client; its tokens die with it",
        remove,
        gives=record({"removed": text("client id"), "expired": whole("tokens that died")}, "removed", "expired"),
    ),
)  # fmt: skip
