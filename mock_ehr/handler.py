"""What a connection asks to answer its requests."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from mock_ehr.message import Reply, Request


class Handler(Protocol):
    """What answers requests. Neither method raises."""

    def handle(self, request: Request) -> bytes | Reply | Awaitable[Reply]:
        """Answer a whole request. Plain bytes are an answer that needs nothing more and is accounted for already."""

    def refuse(self, status: int, request: Request) -> Reply:
        """Answer what is no acceptable request: 400, 405, 408, 413, 414, 431. The connection closes afterwards."""
