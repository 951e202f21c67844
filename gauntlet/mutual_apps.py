"""Consumers that come with a client certificate, and with a token that is bound to one (RFC 8705)."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any

from gauntlet.apps import Apps
from gauntlet.consumer import Consumer, http_client
from gauntlet.errors import Inconclusive
from gauntlet.mutual_tls import MutualTls


class MutualApps:
    """Makes consumers of the gateway's address that wants client certificates, each with connections of its own."""

    def __init__(self, apps: Apps) -> None:
        self._apps = apps
        self._open = ExitStack()

    def __enter__(self) -> MutualApps:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @property
    def tls(self) -> MutualTls:
        """The certificates. Raises Inconclusive where no mutual TLS is claimed."""
        if self._apps.lab.mutual_tls is None:
            raise Inconclusive("the target file has no [claims.mtls]")
        return self._apps.lab.mutual_tls

    def app(self, shown: str | None, *, bound_to: str | None = None) -> Consumer:
        """Return the interactive app on connections that show the certificate `shown`, None for none.

        Its token is bound to the certificate `bound_to` (kinds are those of `gauntlet.certificates.CLIENTS`), and to
        none for None.
        """
        http = self._open.enter_context(http_client(tls=self.tls.context(shown)))
        base_url = self._apps.lab.values["mtls.base_url"]
        return replace(self.elsewhere(bound_to=bound_to), base_url=base_url, http=http)

    def elsewhere(self, *, bound_to: str | None) -> Consumer:
        """Return the app at the gateway's ordinary address, with a token that is bound to a certificate."""
        extra: dict[str, Any] = {"cnf": {"x5t#S256": self.tls.client(bound_to).thumbprint}} if bound_to else {}
        return self._apps.app(extra=extra)
