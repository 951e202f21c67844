"""The apps of a check: consumers by role, scope and launch patient, ready to use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from gauntlet.consumer import Consumer
from gauntlet.lab import Lab
from gauntlet.ledger import Ledger

EVERYTHING = "system/*.cruds"


@dataclass(frozen=True)
class Apps:
    """Makes consumers of the gateway under test."""

    lab: Lab
    ledger: Callable[[], Ledger]
    http: httpx.Client

    def app(
        self,
        role: str = "interactive",
        *,
        scope: str = EVERYTHING,
        patient: str | None = None,
        user: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Consumer:
        """Return the app of `role` (interactive, batch, partner, unregistered) with a token of `scope`.

        `patient` is the launch patient that goes with patient/ scopes, `user` the FHIR user that goes with user/
        scopes, `extra` further claims of the token.
        """
        client_id = self.client_id(role)
        tokens = self.lab.tokens
        return Consumer(
            role=role,
            client_id=client_id,
            base_url=self.lab.base_url,
            token=lambda: tokens.token(client_id, scope=scope, patient=patient, user=user, extra=extra),
            ledger=self.ledger,
            http=self.http,
        )

    def wrong(self, kind: str, role: str = "interactive") -> Consumer:
        """Return the app of `role` with a token that is wrong in one way (a name of `WRONG_TOKENS`)."""
        client_id = self.client_id(role)
        return self.app(role).with_token(self.lab.tokens.wrong(kind, client_id, scope=EVERYTHING))

    def anonymous(self) -> Consumer:
        """Return an app without a token."""
        return self.app().with_token(None)

    def client_id(self, role: str) -> str:
        """Return the client id of `role`."""
        client_id: str = getattr(self.lab.target.file.consumer.clients, role)
        return client_id
