"""MLLP, the minimal lower layer protocol (HL7 v2.5.1 appendix C): 0x0B, the message, 0x1C 0x0D. Pure."""

from __future__ import annotations

START, END = b"\x0b", b"\x1c\r"
LONGEST = 1 << 20  # bytes of a message


class FrameError(ValueError):
    """A stream that cannot be followed any more: a message that is too long."""


def framed(message: bytes) -> bytes:
    """Return a message as it goes on the wire."""
    return START + message + END


class Framer:
    """Cuts a stream into messages. `discarded` counts the bytes that belonged to none."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._buffer = bytearray()
        self._inside = False
        self._seen = 0  # bytes of a message that were looked through already
        self.discarded = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that are whole now. Raises FrameError when one is too long.

        Bytes between messages are passed over. A start in the middle of a message begins anew: what came before it was
        cut off.
        """
        self._buffer += data
        found: list[bytes] = []
        while (message := self._next()) is not None:
            found.append(message)
        if len(self._buffer) > self._longest + len(END):
            raise FrameError(f"a message of more than {self._longest} bytes")
        return found

    def _next(self) -> bytes | None:
        if not self._inside and not self._enter():
            return None
        end = self._buffer.find(END, max(0, self._seen - 1))
        restart = self._buffer.rfind(START, self._seen, end if end >= 0 else len(self._buffer))
        if restart >= 0:
            self._drop(restart + 1)
            end = self._buffer.find(END)
        self._seen = len(self._buffer) if end < 0 else 0
        if end < 0:
            return None
        message = bytes(self._buffer[:end])
        del self._buffer[: end + len(END)]
        self._inside = False
        return message

    def _enter(self) -> bool:
        start = self._buffer.find(START)
        self._inside = start >= 0
        self._drop(start if self._inside else len(self._buffer))
        del self._buffer[: int(self._inside)]
        self._seen = 0
        return self._inside

    def _drop(self, count: int) -> None:
        self.discarded += count
        del self._buffer[:count]
