"""A small HTTP server in a process of its own for the end-to-end tests: answers FHIR reads and searches.

Run as a program: `hospital_server.py '{"stall": [2.0, 1.0]}'`. Prints its port, serves until stdin ends.

`stall`: from this second after the first request, for this long, nothing is answered.
`wrong_every`: each n-th answer carries another patient.
`odd_every`: each n-th answer is the next of ODD.
`silent`: never answers. Sound answers alternate: chunked, with a length.
`redirect_every`: each n-th answer is a redirect. `close_every`: the connection is closed after each n-th answer.
`tls`: files with certificate and key. `handshake_s`: the handshake begins so late. `cut_every`: each n-th connection
is lost in its handshake.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import socket
import ssl
import struct
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

OK = b"HTTP/1.1 200 OK\r\n"
RESET = "reset"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n"


def with_length(body: bytes, length: int) -> bytes:
    return OK + b"Content-Length: %d\r\n\r\n%b" % (length, body)


ODD: tuple[Any, ...] = (
    lambda body: OK + b"Content-Type: application/fhir+json\r\n\r\n" + body,  # ends with the connection
    lambda body: EARLY + with_length(body, len(body)),  # an interim answer before the answer
    lambda body: with_length(body, len(body) + 9),  # cut short
    lambda body: b"SSH-2.0-OpenSSH\r\n",
    lambda body: b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n",
    lambda body: b"",  # closed unanswered
    lambda body: RESET,
    lambda body: with_length(b"<html>", 6),
)


def resource_of(kind: str, patient: str) -> dict[str, Any]:
    if kind == "Patient":
        return {"resourceType": "Patient", "id": patient}
    return {"resourceType": kind, "id": "x", "subject": {"reference": f"Patient/{patient}"}}


def body_of(target: str, *, wrong: bool) -> bytes:
    parts = urlsplit(target)
    path = parts.path.removeprefix("/fhir/R4/").split("/")
    asked = path[1] if len(path) > 1 else parse_qs(parts.query)["patient"][0]
    resource = resource_of(path[0], "somebody-else" if wrong else asked)
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": resource}]}
    return json.dumps(resource if len(path) > 1 else bundle).encode()


def sound(number: int, body: bytes) -> bytes:
    if number % 2:
        return with_length(body, len(body))
    half = len(body) // 2
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:half], body[half:], b""))
    return OK + b"Transfer-Encoding: chunked\r\n\r\n" + chunks


def tls_of(plan: dict[str, Any]) -> ssl.SSLContext | None:
    if "tls" not in plan:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*plan["tls"])
    return context


class Server:
    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.first: float | None = None
        self.numbers = itertools.count(1)
        self.odd = itertools.cycle(ODD)
        self.connections = itertools.count(1)
        self.context = tls_of(plan)
        self.handshakes: set[asyncio.Task[None]] = set()

    def due(self, key: str, number: int) -> bool:
        return bool(self.plan.get(key)) and number % self.plan[key] == 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (head := await reader.readuntil(b"\r\n\r\n")) and await self.answer(head, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def shake_hands(self, accepted: socket.socket) -> None:
        """Serve a connection under TLS, once its handshake is due."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self.plan.get("handshake_s", 0))
        if self.due("cut_every", next(self.connections)):
            await loop.sock_recv(accepted, 1)
            accepted.close()
            return
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader, self.serve)
        with contextlib.suppress(OSError):  # the handshake failed
            await loop.connect_accepted_socket(lambda: protocol, accepted, ssl=self.context)

    async def accept(self, listener: socket.socket) -> None:
        """Accept connections whose handshakes are ours to delay."""
        while True:
            accepted, _ = await asyncio.get_running_loop().sock_accept(listener)
            accepted.setblocking(False)
            self.handshakes.add(asyncio.create_task(self.shake_hands(accepted)))

    async def answer(self, head: bytes, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; return whether the connection stays open."""
        await self.stall()
        number = next(self.numbers)
        body = body_of(head.split(b" ", 2)[1].decode(), wrong=self.due("wrong_every", number))
        odd = self.due("odd_every", number)
        answer = next(self.odd)(body) if odd else sound(number, body)
        if self.due("redirect_every", number):
            answer = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
        if answer == RESET:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return False
        writer.write(answer)
        await writer.drain()
        return not (odd or self.due("close_every", number))

    async def stall(self) -> None:
        loop = asyncio.get_running_loop()
        self.first = self.first or loop.time()
        start, length = self.plan.get("stall", (0.0, 0.0))
        left = self.first + start + length - loop.time()
        if 0 < left <= length:
            await asyncio.sleep(left)
        if self.plan.get("silent"):
            await asyncio.sleep(3600)


async def main(plan: dict[str, Any]) -> None:
    server = Server(plan)
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    listener.setblocking(False)
    if server.context is None:
        await asyncio.start_server(server.serve, sock=listener, backlog=1024)
    else:
        server.handshakes.add(asyncio.create_task(server.accept(listener)))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
