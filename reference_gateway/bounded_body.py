"""Reading bodies without trusting their size."""

from __future__ import annotations

import aiohttp


class BodyTooLarge(ValueError):
    """The body is longer than allowed."""


async def read_up_to(stream: aiohttp.StreamReader, limit: int) -> bytes:
    """Return the whole body. Raises BodyTooLarge as soon as more than `limit` bytes have come."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in stream.iter_any():
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge(f"longer than {limit} bytes")
        chunks.append(chunk)
    return b"".join(chunks)
