"""The issuer as a process: a control port, and a public port that can be closed and opened again."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from aiohttp import web

from gauntlet.issuer import control_routes, data_routes
from gauntlet.issuer.keys import KeyRingError
from gauntlet.issuer.service import Issuer
from gauntlet.network.standalone import AddressError, Port, announce, loopback_address, parser, stop_event

SECRET_VARIABLE = "GAUNTLET_CONTROL_SECRET"  # noqa: S105 - the variable's name, not the secret
CLOSING_S = 0.5  # for requests that are being answered when the public side closes
JWKS_MAX_AGE_S = 5  # short, so that a rotation is followed within a check


class DataSide:
    """The public side: it answers, answers 503, or is closed, always at the same port."""

    def __init__(self, runner: web.AppRunner, port: Port, availability: data_routes.Availability) -> None:
        self._runner, self._port, self._availability = runner, port, availability
        self._site: web.SockSite | None = None

    async def set_available(self, available: bool, mode: str) -> None:
        """Open the public side, or take it down in the way of `mode`, "503" or "closed"."""
        self._availability.down = not available
        if available or mode == "503":
            await self._open()
        else:
            await self._close()

    async def _open(self) -> None:
        if self._site is None:
            self._site = web.SockSite(self._runner, self._port.listener())
            await self._site.start()

    async def _close(self) -> None:
        if self._site is not None:
            site, self._site = self._site, None
            await site.stop()
            if self._runner.server is not None:
                self._runner.server.pre_shutdown()  # the connections that were kept alive
                await self._runner.server.shutdown(CLOSING_S)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the issuer until it is stopped; returns the exit code."""
    options = parser("gauntlet.issuer", __doc__ or "")
    options.add_argument("--control", default="127.0.0.1:0", metavar="HOST:PORT", help="the harness's own port")
    options.add_argument("--keys", required=True, type=Path, metavar="FILE", help="key ring, also written by rotation")
    options.add_argument("--jwks-max-age", type=int, default=JWKS_MAX_AGE_S, metavar="SECONDS")
    chosen = options.parse_args(arguments)
    try:
        secret = control_secret(os.environ)
        ports = Port(loopback_address(chosen.listen)), Port(loopback_address(chosen.control))
        issuer = Issuer(f"http://{ports[0].address}", chosen.keys, time.time)
        sides = Sides(issuer, *ports, secret, chosen.jwks_max_age)
        asyncio.run(sides.serve(sys.stdout, stdin_watch=chosen.stdin_watch))
    except (AddressError, KeyRingError, MissingSecretError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


class MissingSecretError(Exception):
    """The environment has no secret for the control port."""


def control_secret(environment: Mapping[str, str]) -> str:
    """Return the secret of the control port. Raises MissingSecretError when there is none."""
    secret = environment.get(SECRET_VARIABLE, "")
    if not secret:
        raise MissingSecretError(f"{SECRET_VARIABLE} is not set; the control port needs a secret")
    return secret


@dataclass(frozen=True, slots=True)
class Sides:
    """The two ports of one issuer process and what is served there."""

    issuer: Issuer
    data: Port
    control: Port
    secret: str
    jwks_max_age_s: int

    async def serve(self, output: TextIO, *, stdin_watch: bool) -> None:
        """Serve both ports until the process is told to stop."""
        availability = data_routes.Availability()
        public = runner_of(data_routes.application(self.issuer, availability, self.jwks_max_age_s))
        side = DataSide(public, self.data, availability)
        private = runner_of(control_routes.application(self.issuer, side.set_available, self.secret))
        await public.setup()
        await private.setup()
        try:
            await side.set_available(True, "")
            await web.SockSite(private, self.control.listener()).start()
            stopped = stop_event(stdin_watch=stdin_watch)
            announce(output, data=self.issuer.url, control=f"http://{self.control.address}")
            await stopped.wait()
        finally:
            await private.cleanup()
            await public.cleanup()
            self.data.release()
            self.control.release()


def runner_of(app: web.Application) -> web.AppRunner:
    """Return a runner that neither logs accesses nor waits long for open connections when it stops."""
    return web.AppRunner(app, access_log=None, shutdown_timeout=CLOSING_S)
