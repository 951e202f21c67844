"""The built-in network server: Toxiproxy's API and toxics in one Python process.

For machines without the real `toxiproxy-server`. `python -m gauntlet.network.server --listen 127.0.0.1:0
--seed 7`
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import TextIO

from aiohttp import web

from gauntlet.network.api import application
from gauntlet.network.collection import ProxyCollection
from gauntlet.network.standalone import (
    AddressError,
    Port,
    announce,
    loopback_address,
    parser,
    refuse_to_start,
    stop_event,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the server until it is stopped; returns the exit code."""
    options = parser("gauntlet.network.server", __doc__ or "")
    options.add_argument("--seed", type=int, default=1, help="which connections a toxicity below 1 hits, and jitter")
    chosen = options.parse_args(arguments)
    try:
        port = Port(loopback_address(chosen.listen))
        asyncio.run(serve(port, chosen.seed, sys.stdout, stdin_watch=chosen.stdin_watch))
    except AddressError as error:
        return refuse_to_start(error)
    return 0


async def serve(port: Port, seed: int, output: TextIO, *, stdin_watch: bool) -> None:
    """Serve the API on `port` until the process is told to stop, then close every proxy."""
    collection = ProxyCollection(seed)
    runner = web.AppRunner(application(collection), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.SockSite(runner, port.listener()).start()
        stopped = stop_event(stdin_watch=stdin_watch)
        announce(output, data=f"http://{port.address}")
        await stopped.wait()
    finally:
        await collection.close()
        await runner.cleanup()
        port.release()


if __name__ == "__main__":
    sys.exit(main())
