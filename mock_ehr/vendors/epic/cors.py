"""Calls from a page in a browser (Fetch standard, CORS protocol). On in Epic's sandbox (vendors.md 1.3: S, E1)."""

from __future__ import annotations

from collections.abc import Awaitable

from mock_ehr.message import Answer, Pairs, Request

METHODS = "GET, POST, PUT, OPTIONS"
HEADERS = "Accept, Authorization, Content-Type, Epic-Client-ID, Epic-User-ID, Epic-User-IDType, Prefer"
MAX_AGE_S = 3600


def preflight() -> Answer:
    """Return the answer to a preflight request."""
    allowed: Pairs = (
        ("Access-Control-Allow-Methods", METHODS),
        ("Access-Control-Allow-Headers", HEADERS),
        ("Access-Control-Max-Age", str(MAX_AGE_S)),
    )
    return Answer(200, headers=allowed)


def shared(request: Request, answer: Answer | Awaitable[Answer]) -> Answer | Awaitable[Answer]:
    """Return the answer as the page at the request's Origin may read it."""
    if not isinstance(answer, Answer):
        return shared_later(request, answer)
    answer.headers = (
        *answer.headers,
        ("Access-Control-Allow-Origin", request.header("origin")),
        ("Access-Control-Expose-Headers", "Location, WWW-Authenticate"),
        ("Vary", "Origin"),
    )
    return answer


async def shared_later(request: Request, pending: Awaitable[Answer]) -> Answer:
    """Do the same for an answer that is not there yet."""
    made = shared(request, await pending)
    return made if isinstance(made, Answer) else await made
