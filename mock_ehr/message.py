"""HTTP messages as plain values: what came in, what the mock answers, and what goes on the wire."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from mock_ehr.facts import ClientCertificate

MAX_PARAMETERS = 200

Pairs = tuple[tuple[str, str], ...]
Again = Callable[[], "bytes | tuple[bytes, bytes] | None"]  # a whole answer, in one or two pieces; None: work it out
Lane = dict[bytes, Again]  # answers to requests that are the same but for what stands before ` HTTP/1.1`


class MalformedQueryError(ValueError):
    """A query string or form body that cannot be read: bad UTF-8 after decoding, or too many parameters."""


@dataclass(slots=True)
class Request:
    """One request.

    `headers` has lower-case names; values of repeated headers are joined with a comma and a space. Requests of
    one connection may share the mapping, so nobody changes it in place. `certificate` is what the client showed
    in the TLS handshake.
    """

    method: str
    path: str  # as sent, still percent-encoded
    query: str  # as sent, without the question mark
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    keep_alive: bool = True
    certificate: ClientCertificate | None = None
    place: tuple[Lane, bytes] | None = None  # where its answer is kept if it stands
    _parameters: Pairs | None = None

    def header(self, name: str) -> str:
        """Return the value of the header `name` (lower case), "" when it is absent."""
        return self.headers.get(name, "")

    def parameters(self) -> Pairs:
        """Return the decoded query parameters in the order sent. Raises MalformedQueryError."""
        if self._parameters is None:
            self._parameters = parse_form(self.query) if self.query else ()
        return self._parameters

    def segments(self) -> tuple[str, ...]:
        """Return the percent-decoded segments; an undecodable byte becomes U+FFFD and matches nothing."""
        parts = self.path.split("/")[1:]
        return tuple(unquote(part) for part in parts) if "%" in self.path else tuple(parts)


def parse_form(text: str) -> Pairs:
    """Decode `application/x-www-form-urlencoded` text, blank values kept. Raises MalformedQueryError."""
    if "%" not in text and "+" not in text and text.count("&") < MAX_PARAMETERS:  # nothing to decode: the usual case
        pairs = [part.partition("=") for part in text.split("&") if part]
        return tuple([(name, value) for name, _, value in pairs])
    try:
        return tuple(parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS))
    except ValueError as error:
        raise MalformedQueryError(f"the parameters cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class Lasting:
    """An answer that follows from the request, the store, and what the grant's client may do, and from nothing else.

    With `renew` only the body's last part, `rest`, does; `renew` makes the part before it anew each time.
    """

    renew: Callable[[], bytes] | None = None
    rest: bytes = b""


LASTING = Lasting()


@dataclass(slots=True)
class Answer:
    """What the mock decided to say, before faults and before it is bytes.

    `committed` tells that a write took effect. `patients` are the ids the answer turned out to be about.
    `note` is the reason in plain words, for the journal only: Epic itself often hides it.
    """

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: Pairs = ()
    committed: bool = False
    patients: tuple[str, ...] = ()
    note: str = ""
    token: str = ""  # digest of the token that the answer issued
    secret: str = ""  # a text in the body that the journal must not keep
    secrets: tuple[str, ...] = ()  # further ones, in the body or in a header
    empty: bool = False  # a search that matched nothing
    lasting: Lasting | None = None

    def all_headers(self) -> Pairs:
        """Return the headers with the content type first."""
        return (("Content-Type", self.content_type), *self.headers) if self.content_type else self.headers


class Ending(enum.Enum):
    """What happens to the connection after the bytes are out."""

    KEEP = "keep"  # as HTTP says
    CLOSE = "close"  # closed in an orderly way although the message is not whole
    RESET = "reset"  # TCP reset
    HANG = "hang"  # nothing more is sent, the connection stays open


@dataclass(frozen=True, slots=True)
class Drip:
    """Send the first `at_once` bytes, then `bytes` bytes each `interval_s` seconds."""

    bytes: int
    interval_s: float
    at_once: int = 0


@dataclass(slots=True)
class Reply:
    """Bytes for the wire and how they get there.

    `interim` goes out at once, `data` after `delay_s`, in drops when `drip` says so. `done` is told "answered",
    "dropped" or "aborted" exactly once.
    """

    data: bytes
    done: Callable[[str], None]
    ending: Ending = Ending.KEEP
    delay_s: float = 0.0
    interim: bytes = b""
    drip: Drip | None = None
