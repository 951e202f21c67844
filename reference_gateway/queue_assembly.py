"""Building the queue of accepted work into a gateway that has one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, closing
from functools import partial
from typing import Any

from reference_gateway.composition import Parts
from reference_gateway.creates import Creates
from reference_gateway.exchange import Exchange
from reference_gateway.gateway import Gateway, Handler, audit_event
from reference_gateway.settings import Settings
from reference_gateway.work_queue import DEAD, WAITING, WorkQueue


def open_queue(settings: Settings, parts: Parts, stack: AsyncExitStack) -> WorkQueue | None:
    """Open the queue, None where none is set; `stack` closes it. Raises OSError and sqlite3.Error."""
    if settings.queue_keep_s is None:
        return None
    return stack.enter_context(closing(parts.queue(settings.state_dir / "queue.sqlite3")))


def attach(
    queue: WorkQueue, gateway: Gateway, handlers: dict[str, Handler], settings: Settings, parts: Parts
) -> Callable[[], Coroutine[Any, Any, None]]:
    """Let creates be accepted for later, serve their status, and return what delivers them as long as it runs."""
    creates, steps, woken = handlers["create"], gateway.steps, asyncio.Event()
    assert isinstance(creates, Creates)  # noqa: S101 - only a gateway that creates has a queue
    writes = parts.queued_writes(creates, queue, steps.clock, settings.base_url, woken.set)

    def recorded(exchange: Exchange, status: int) -> None:
        steps.audit.write(audit_event(exchange, status, steps.clock.monotonic() - exchange.started))

    delivery = parts.queue_delivery(
        woken=woken,
        queue=queue,
        writes=writes,
        errors=steps.errors,
        recorded=recorded,
        log=steps.log,
        clock=steps.clock,
        budget_s=settings.latency_budget_s,
        keep_s=settings.queue_keep_s or 0.0,
    )
    handlers.update(create=writes, status=parts.queue_status(queue))
    for state in (WAITING, DEAD):
        steps.metrics.accepted.labels(state).set_function(partial(queue.count, state))
    return delivery.run
