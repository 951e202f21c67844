"""Which network server a run uses: one that runs already, the real one, or the built-in one."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

URL_VARIABLE = "TOXIPROXY_URL"
REAL_SERVER = "toxiproxy-server"
HOW_TO_GET = "go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0, named toxiproxy-server on PATH"


class ServerKind(StrEnum):
    """Where the network server comes from."""

    RUNNING = "running"
    REAL = "toxiproxy-server"
    BUILT_IN = "built-in"


@dataclass(frozen=True, slots=True)
class ServerChoice:
    """The server to use: `url` when it runs already, else `command`; `sentence` goes into the report.

    The built-in server takes a free port and announces it on stdout. The real one says nothing: its command
    has the place `{port}`, which `command_on` fills, and it is ready when `GET /version` answers.
    """

    kind: ServerKind
    sentence: str
    url: str | None = None
    command: tuple[str, ...] = ()

    @property
    def announces(self) -> bool:
        """Whether the server prints its URL as a JSON line when it is ready."""
        return self.kind is ServerKind.BUILT_IN

    def command_on(self, port: int) -> tuple[str, ...]:
        """Return the command line for a port of 127.0.0.1; 0, a free one, only where the server announces."""
        return tuple(part.replace("{port}", str(port)) for part in self.command)


def choose(env: Mapping[str, str], which: Callable[[str], str | None] = shutil.which, *, seed: int = 1) -> ServerChoice:
    """Return the server to use: TOXIPROXY_URL, else `toxiproxy-server` on PATH, else the built-in one."""
    url = env.get(URL_VARIABLE, "").strip()
    if url:
        return ServerChoice(ServerKind.RUNNING, f"network: the server at {url} ({URL_VARIABLE})", url=url)
    real = which(REAL_SERVER)
    if real:
        command = (real, "-host", "127.0.0.1", "-port", "{port}", "-seed", str(seed))
        return ServerChoice(ServerKind.REAL, f"network: {real}", command=command)
    module = (sys.executable, "-m", "gauntlet.network.server")
    return ServerChoice(
        ServerKind.BUILT_IN,
        "network: the built-in server, because there is no toxiproxy-server on PATH",
        command=(*module, "--listen", "127.0.0.1:{port}", "--seed", str(seed)),
    )
