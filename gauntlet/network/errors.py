"""What can go wrong when the harness drives the network.

NetworkError (HarnessError)
├── NetworkUnreachableError   the API does not answer
├── NetworkRefusedError       the API answered with an error
└── UnknownFaultError         no such proxy, toxic or attribute, or a value that is not valid
"""

from __future__ import annotations

from collections.abc import Iterable

from gauntlet.errors import HarnessError, closest


class NetworkError(HarnessError):
    """The network could not be driven; the message says what, where, what is valid and how to fix it."""


class NetworkUnreachableError(NetworkError):
    """Nobody answers at the API's address."""

    def __init__(self, api_url: str, reason: object) -> None:
        super().__init__(
            f"the network server at {api_url} does not answer: {reason}",
            hint="is it running? `python -m gauntlet.network.server` starts the built-in one",
        )


class NetworkRefusedError(NetworkError):
    """The API answered a call with an error; `status` is its HTTP status."""

    def __init__(self, call: str, status: int, text: str) -> None:
        super().__init__(f"{call} was refused with {status}: {text}")
        self.status = status


class UnknownFaultError(NetworkError):
    """A name or value that the network does not know."""

    def __init__(self, what: str, given: object, valid: Iterable[str]) -> None:
        names = sorted(valid)
        meant = closest(str(given), names)
        super().__init__(f"unknown {what} {given!r}{meant}; valid: {', '.join(names) or 'none'}")
