"""`python -m mock_ehr`: a mock EHR as a process of its own.

Prints one JSON line when it is ready; stops at SIGTERM, SIGINT, or when stdin ends.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mock_ehr.limits import parse_limits
from mock_ehr.serve import AddressTakenError, Running, Settings, serve
from mock_ehr.tls import parse_tls
from mock_ehr.vendors import VENDORS

SECRET_NAME = "GAUNTLET_CONTROL_SECRET"  # noqa: S105 - the name of the variable, not a secret


def parse_address(text: str) -> tuple[str, int]:
    """Return (host, port). Raises argparse.ArgumentTypeError: the mock listens on loopback only."""
    host, _, port = text.rpartition(":")
    if host not in ("127.0.0.1", "localhost") or not port.isdecimal() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no loopback address; valid: 127.0.0.1:0, 127.0.0.1:8080")
    return "127.0.0.1", int(port)


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(prog="python -m mock_ehr", description="A strict double of an EHR's API.")
    parser.add_argument("--vendor", choices=sorted(VENDORS), default="epic", help="whose API to double")
    parser.add_argument("--seed", type=int, default=7, help="seed of the population")
    parser.add_argument("--patients", type=int, default=1000, help="number of patients")
    parser.add_argument("--listen", type=parse_address, default=("127.0.0.1", 0), help="data address, host:port")
    parser.add_argument("--control", type=parse_address, default=("127.0.0.1", 0), help="control address, host:port")
    parser.add_argument("--instance", default="", help="name of the site in its addresses")
    parser.add_argument(
        "--quirk", action="append", default=[], metavar="NAME=VALUE", help="change one habit of the vendor"
    )
    parser.add_argument("--hl7-listen", type=parse_address, help="where HL7 v2 orders are taken, host:port")
    parser.add_argument("--fault-folder", type=Path, help="folder of fault files that the control port arms by name")
    parser.add_argument("--tls", type=Path, metavar="FOLDER", help="speak TLS; ca.pem, client.pem, client.key go there")
    parser.add_argument("--tls-beside", action="store_true", help="with --tls: plain HTTP, and TLS at another address")
    parser.add_argument("--tls-setting", action="append", default=[], metavar="NAME=VALUE",
                        help="client_certificate=none|optional|required, lowest=1.2|1.3, highest=1.2|1.3")  # fmt: skip
    parser.add_argument("--limit", action="append", default=[], metavar="NAME=VALUE",
                        help="bytes, counts or seconds, like body=1000000 or idle_s=5")  # fmt: skip
    parser.add_argument("--no-stdin-watch", action="store_true", help="go on when stdin ends")
    return parser.parse_args(arguments)


def settings_from(arguments: argparse.Namespace, secret: str) -> Settings:
    """Return the settings that a command line asks for."""
    return Settings(
        secret=secret,
        vendor=arguments.vendor,
        seed=arguments.seed,
        patients=arguments.patients,
        listen=arguments.listen,
        control=arguments.control,
        instance=arguments.instance,
        quirks=tuple(arguments.quirk),
        fault_folder=arguments.fault_folder,
        hl7_listen=arguments.hl7_listen,
        tls=parse_tls(pairs("tls-setting", arguments.tls_setting)) if arguments.tls else None,
        tls_beside=arguments.tls_beside,
        limits=parse_limits({name: as_number(value) for name, value in pairs("limit", arguments.limit).items()}),
    )


def pairs(option: str, given: list[str]) -> dict[str, str]:
    """Return NAME=VALUE options by name. Raises ValueError."""
    for text in given:
        if "=" not in text:
            raise ValueError(f"--{option} {text!r} is no NAME=VALUE")
    return dict(text.split("=", 1) for text in given)


def as_number(text: str) -> int | float | str:
    """Return a number where `text` is one."""
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        return text


def announce(running: Running, tls_folder: Path | None = None) -> None:
    """Print the line that says where the mock is."""
    line: dict[str, Any] = {"ready": True, "data": running.data, "control": running.control}
    if tls_folder is not None and running.state.tls is not None:
        line["tls"] = running.state.tls.write_files(tls_folder)
    if running.secured:
        line["secured"] = running.secured
    if running.hl7:
        line["hl7"] = running.hl7
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def watch_stdin(on_end: Callable[[], None]) -> None:
    """Call `on_end` from a daemon thread when stdin ends."""

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        on_end()

    threading.Thread(target=wait, name="stdin-watch", daemon=True).start()


async def run(settings: Settings, *, stdin_watch: bool, tls_folder: Path | None = None) -> None:
    """Serve until a signal or the end of stdin."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if stdin_watch:

        def end() -> None:
            with contextlib.suppress(RuntimeError):  # the loop may be closed already
                loop.call_soon_threadsafe(stop.set)

        watch_stdin(end)
    await serve(settings, lambda running: announce(running, tls_folder), stop)


def new_loop() -> asyncio.AbstractEventLoop:
    """Return a uvloop event loop where uvloop is installed, else asyncio's own."""
    try:
        import uvloop  # noqa: PLC0415 - optional: asyncio's own loop does as well, slower
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def main(arguments: list[str]) -> int:
    """Run the command and return its exit code: 0 stopped, 2 could not start."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    parsed = parse_arguments(arguments)
    secret = os.environ.get(SECRET_NAME, "")
    if not secret:
        sys.stderr.write(f"mock_ehr: {SECRET_NAME} is not set; put the secret of the control API into it\n")
        return 2
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            settings = settings_from(parsed, secret)
            runner.run(run(settings, stdin_watch=not parsed.no_stdin_watch, tls_folder=parsed.tls))
    except (AddressTakenError, ValueError) as error:
        sys.stderr.write(f"mock_ehr: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
