"""How a server process of ours takes a port, announces itself and stops.

The same rules for the network server and the issuer: loopback only, one JSON line on stdout when ready,
exit 0 on SIGTERM, SIGINT or the end of stdin, exit 2 with one line on stderr when the port is taken.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import signal
import socket
import sys
import threading
from argparse import ArgumentParser
from typing import TextIO

STDIN = 0


class AddressError(ValueError):
    """An address that can't be listened on; the message says which one, why, and what to do."""


class Port:
    """A TCP port of ours, kept also while nobody listens on it.

    A socket that is bound and never listens holds the number, so that a server can be closed (new
    connections are refused) and opened again at the same address without another process taking it in
    between.
    """

    def __init__(self, address: tuple[str, int]) -> None:
        self._holder = _bound(address)
        self.host, self.number = self._holder.getsockname()[:2]

    @property
    def address(self) -> str:
        """The address as `host:port`, an IPv6 host in brackets."""
        return joined(self.host, self.number)

    def listener(self) -> socket.socket:
        """Return a new non-blocking socket that listens on the port; the caller closes it.

        Raises AddressError when another process listens there.
        """
        listening = _bound((self.host, self.number))
        listening.listen(1024)
        listening.setblocking(False)
        return listening

    def release(self) -> None:
        """Give the number back."""
        self._holder.close()


def _bound(address: tuple[str, int]) -> socket.socket:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except (OSError, OverflowError) as error:
        bound.close()
        raise AddressError(
            f"cannot listen on {joined(*address)}: {getattr(error, 'strerror', None) or error}; "
            "choose another port, or port 0 for a free one"
        ) from error
    return bound


def joined(host: str, port: int) -> str:
    """Return `host:port`, with brackets around an IPv6 host."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def loopback_address(text: str) -> tuple[str, int]:
    """Read `127.0.0.1:0`, `localhost:8474`, `[::1]:0` or `:8474` as a loopback address.

    Raises AddressError for a malformed address and for one that other machines could reach.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit():
        raise AddressError(f"{text!r} is no address; valid is host:port, e.g. 127.0.0.1:0")
    host = {"": "127.0.0.1", "localhost": "127.0.0.1"}.get(host, host.strip("[]"))
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise AddressError(f"{text!r} is not a loopback address; test servers listen on 127.0.0.1 only")
    return host, int(port)


def parser(program: str, description: str) -> ArgumentParser:
    """Return an argument parser with the options that every server process of ours has."""
    arguments = ArgumentParser(prog=program, description=description)
    arguments.add_argument("--listen", default="127.0.0.1:0", metavar="HOST:PORT", help="port 0 takes a free one")
    arguments.add_argument(
        "--no-stdin-watch", dest="stdin_watch", action="store_false", help="keep running when stdin ends"
    )
    return arguments


def announce(output: TextIO, **urls: str) -> None:
    """Print the line that says the server is ready and where: `announce(stdout, data="http://...")`."""
    print(json.dumps({"ready": True, **urls}), file=output, flush=True)


def refuse_to_start(error: AddressError) -> int:
    """Say on stderr why the process does not start and return its exit code, 2."""
    sys.stderr.write(f"{error}\n")
    return 2


def stop_event(*, stdin_watch: bool) -> asyncio.Event:
    """Return the event of SIGTERM, of SIGINT, or, with `stdin_watch`, of the end of stdin.

    Call it in the running loop before the announcement: who reads that may send a signal at once.
    """
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if stdin_watch:
        # A thread, because files and /dev/null can't be polled; it dies with the process.
        threading.Thread(target=_watch_stdin, args=(loop, stopped), daemon=True).start()
    return stopped


def _watch_stdin(loop: asyncio.AbstractEventLoop, stopped: asyncio.Event) -> None:
    try:
        while os.read(STDIN, 4096):
            pass
    except OSError:
        pass  # a closed stdin has ended as well
    if not loop.is_closed():
        loop.call_soon_threadsafe(stopped.set)
