"""Serving: from settings to a listening server, and down again without losing a request."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack

from aiohttp import web

from reference_gateway.assembly import Built
from reference_gateway.building import build
from reference_gateway.composition import Parts
from reference_gateway.request_log import QuietHandler, RequestLog
from reference_gateway.settings import Settings


async def serve(parts: Parts, environment: Mapping[str, str]) -> int:
    """Serve until SIGTERM or SIGINT, then finish what is under way and return 0.

    Raises SettingsError when a setting is missing or wrong, OSError when the address or a file cannot be had.
    """
    settings = parts.read_settings(environment)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        built = await build(settings, parts, stack)
        quiet_libraries(built.gateway.steps.log)
        address = await listen(settings, parts, built, stack)
        print(json.dumps({"ready": True, "data": address}), flush=True)  # noqa: T201 - announces itself on stdout
        await stop.wait()
    return 0


async def listen(settings: Settings, parts: Parts, built: Built, stack: AsyncExitStack) -> str:
    """Start to listen and return the address; `stack` drains and stops. Raises OSError for an occupied address."""
    server = parts.server(built.gateway)
    runner = web.ServerRunner(server, shutdown_timeout=settings.drain_s)
    await runner.setup()
    site = web.TCPSite(runner, settings.listen_host, settings.listen_port, backlog=1024)
    await site.start()
    if settings.mutual_tls is not None:
        mutual = settings.mutual_tls
        context = parts.mtls_context(mutual)
        await web.TCPSite(runner, mutual.host, mutual.port, backlog=1024, ssl_context=context).start()
    for keep in built.background:
        task = asyncio.get_running_loop().create_task(keep())
        stack.push_async_callback(_cancelled, task)
    stack.push_async_callback(runner.cleanup)
    stack.callback(setattr, server, "draining", True)
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"


def quiet_libraries(log: RequestLog) -> None:
    """Send what libraries log, in the whole process, through the quiet handler only."""
    root = logging.getLogger()
    root.handlers[:] = [QuietHandler(log)]
    root.setLevel(logging.WARNING)


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
