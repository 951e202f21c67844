"""The servers that `mock_server.py` compares with, each serving the same bytes in the way that suits it best.

A peer that is not installed is left out; the reason is told.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MINUTES_TO_INSTALL = 5
FASTAPI = ("fastapi", "uvicorn", "httptools", "uvloop")
NPM = {"wiremock": "wiremock", "prism": "@stoplight/prism-cli", "mockoon": "@mockoon/cli"}
JSON_TYPE = "application/fhir+json; charset=utf-8"


class MissingError(Exception):
    """A peer that cannot be had here, and why."""


@dataclass(frozen=True)
class Exchanges:
    """What is asked for: path and query -> body of the answer, for each kind of request."""

    answers: Mapping[str, Mapping[str, bytes]]
    headers: Sequence[str]


@dataclass(frozen=True)
class Peer:
    """A running server: its port, its processes, and what to ask for each kind of request."""

    name: str
    port: int
    pids: Sequence[int]
    paths: Mapping[str, Sequence[str]]
    headers: Sequence[str] = field(default_factory=tuple)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(
    command: Sequence[str], port: int, wait_s: float = 60, env: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Run a server pinned to CPU 0 until the block ends; yields its process id when the port accepts."""
    process = subprocess.Popen(
        ["taskset", "-c", "0", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, **(env or {})},
    )
    try:
        deadline = time.monotonic() + wait_s
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise MissingError(f"{command[0]} did not start")
            time.sleep(0.05)
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        raise MissingError(f"{name} is not installed (Debian package {name})")
    return found


NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log /dev/null crit; worker_rlimit_nofile 10000;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile {sendfile}; tcp_nopush {sendfile}; tcp_nodelay on; keepalive_requests 100000000;
  open_file_cache max=1000; open_file_cache_valid 1h; output_buffers 2 64k; default_type "{json}"; types {{ }}
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""


@contextlib.contextmanager
def nginx(exchanges: Exchanges, folder: Path, sendfile: str) -> Iterator[Peer]:
    """nginx with the answers as files, sendfile on (with tcp_nopush) or off."""
    binary, port = program("nginx"), free_port()
    paths = {}
    for kind, answers in exchanges.answers.items():
        place = folder / "files" / kind
        place.mkdir(parents=True)
        paths[kind] = [f"/{kind}/{number:04}.json" for number in range(len(answers))]
        for number, body in enumerate(answers.values()):
            (place / f"{number:04}.json").write_bytes(body)
    for place in (folder, folder.parent):  # its worker is another user
        place.chmod(0o755)
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port, sendfile=sendfile, json=JSON_TYPE))
    with running([binary, "-p", str(folder), "-c", str(configuration)], port) as pid:
        yield Peer(f"nginx, sendfile {sendfile}", port, [pid], paths, exchanges.headers)


FASTAPI_APP = """
import json, sys
from fastapi import FastAPI, Header, Request, Response
recorded = json.load(open({file!r}))
answers = {{kind: {{path: body.encode() for path, body in bodies.items()}} for kind, bodies in recorded.items()}}
app = FastAPI()

def answer(kind, request, authorization):
    if not authorization.startswith("Bearer "):
        return Response(status_code=401)
    path = request.url.path + ("?" + request.url.query if request.url.query else "")
    return Response(answers[kind][path], media_type={json!r})

@app.get("/FHIR/api/FHIR/R4/{{kind}}/{{id}}")
async def read(kind: str, id: str, request: Request, authorization: str = Header()):
    return answer("read", request, authorization)

@app.get("/FHIR/api/FHIR/R4/{{kind}}")
async def search(kind: str, request: Request, authorization: str = Header()):
    return answer("search", request, authorization)
"""


def fastapi_python(folder: Path) -> str:
    """The Python of a scratch environment with FastAPI and uvicorn. Raises MissingError."""
    python = folder / "venv" / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *FASTAPI]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True, capture_output=True)
        subprocess.run(install, check=True, capture_output=True, timeout=60 * MINUTES_TO_INSTALL)
    except (OSError, subprocess.SubprocessError) as error:
        raise MissingError(f"FastAPI cannot be installed: {error}") from error
    return str(python)


@contextlib.contextmanager
def fastapi(exchanges: Exchanges, folder: Path, python: str) -> Iterator[Peer]:
    """FastAPI on uvicorn (httptools, uvloop): routes, a look at the token, bytes out of a dict."""
    port = free_port()
    file = folder / "answers.json"
    as_text = {kind: {path: body.decode() for path, body in of.items()} for kind, of in exchanges.answers.items()}
    file.write_text(json.dumps(as_text))
    (folder / "app.py").write_text(FASTAPI_APP.format(file=str(file), json=JSON_TYPE))
    command = [python, "-m", "uvicorn", "--app-dir", str(folder), "--port", str(port)]
    with running([*command, "--no-access-log", "--log-level", "error", "app:app"], port) as pid:
        yield Peer("FastAPI, uvicorn", port, [pid], natural(exchanges), exchanges.headers)


def natural(exchanges: Exchanges) -> Mapping[str, Sequence[str]]:
    return {kind: list(answers) for kind, answers in exchanges.answers.items()}


def npm_packages(folder: Path) -> Path:
    """node_modules with the peers from npm. Raises MissingError."""
    npm = shutil.which("npm")
    if npm is None:
        raise MissingError("npm is not installed (Debian packages nodejs, npm)")
    command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), *NPM.values()]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=60 * MINUTES_TO_INSTALL)
    except (OSError, subprocess.SubprocessError) as error:
        raise MissingError(f"npm cannot install {', '.join(NPM.values())}: {error}") from error
    return folder / "node_modules"


@contextlib.contextmanager
def wiremock(exchanges: Exchanges, folder: Path, modules: Path) -> Iterator[Peer]:
    """WireMock without request journal and log, a stub for each answer."""
    jars = sorted((modules / "wiremock" / "build").glob("*.jar"))
    if not jars:
        raise MissingError("the npm package wiremock holds no jar")
    port = free_port()
    for name in ("mappings", "__files"):
        (folder / name).mkdir()
    for number, (path, body) in enumerate(all_answers(exchanges)):
        (folder / "__files" / f"{number}.json").write_bytes(body)
        stub = {
            "request": {"method": "GET", "url": path},
            "response": {"status": 200, "bodyFileName": f"{number}.json", "headers": {"Content-Type": JSON_TYPE}},
        }
        (folder / "mappings" / f"{number}.json").write_text(json.dumps(stub))
    flags = ["--no-request-journal", "--disable-request-logging", "--disable-gzip", "--disable-banner"]
    command = [program("java"), "-jar", str(jars[-1]), "--port", str(port), "--root-dir", str(folder), *flags]
    with running(command, port) as pid:
        yield Peer("WireMock, tuned", port, [pid], natural(exchanges), exchanges.headers)


def all_answers(exchanges: Exchanges) -> Iterator[tuple[str, bytes]]:
    for answers in exchanges.answers.values():
        yield from answers.items()


@contextlib.contextmanager
def prism(exchanges: Exchanges, folder: Path, modules: Path) -> Iterator[Peer]:
    """Prism with an OpenAPI document that has one example for each answer, its path without a query."""
    port, described, paths = free_port(), {}, {}
    for kind, answers in exchanges.answers.items():
        paths[kind] = [f"/{kind}/{number}" for number in range(len(answers))]
        for path, body in zip(paths[kind], answers.values(), strict=True):
            media = {"application/fhir+json": {"example": json.loads(body)}}
            described[path] = {"get": {"responses": {"200": {"description": "as recorded", "content": media}}}}
    document = folder / "openapi.json"
    document.write_text(json.dumps({"openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "paths": described}))
    script = modules / "@stoplight" / "prism-cli" / "dist" / "index.js"
    command = [program("node"), str(script), "mock", "-p", str(port), "-v", "silent", str(document)]
    with running(command, port, env={"NODE_ENV": "production"}) as pid:
        yield Peer("Prism", port, [pid], paths, exchanges.headers)


@contextlib.contextmanager
def mockoon(exchanges: Exchanges, folder: Path, modules: Path) -> Iterator[Peer]:
    """Mockoon with a route for each answer, its path without a query, the body as text."""
    port, routes, paths = free_port(), [], {}
    for kind, answers in exchanges.answers.items():
        paths[kind] = [f"/{kind}/{number}" for number in range(len(answers))]
        for path, body in zip(paths[kind], answers.values(), strict=True):
            answer = {
                "uuid": f"r{path}", "body": body.decode(), "statusCode": 200, "bodyType": "INLINE", "default": True,
                "headers": [{"key": "Content-Type", "value": JSON_TYPE}], "rules": [], "disableTemplating": True,
            }  # fmt: skip
            route = {"uuid": path, "type": "http", "method": "get", "endpoint": path[1:], "responses": [answer]}
            routes.append(route | {"enabled": True, "responseMode": None})
    environment = {"uuid": "e", "lastMigration": 33, "name": "peer", "port": port, "hostname": "127.0.0.1"}
    file = folder / "environment.json"
    file.write_text(json.dumps(environment | {"routes": routes, "rootChildren": [
        {"type": "route", "uuid": route["uuid"]} for route in routes], "folders": []}))  # fmt: skip
    script = modules / "@mockoon" / "cli" / "bin" / "run.js"
    command = [program("node"), str(script), "start", "--data", str(file), "--repair", "--disable-log-to-file"]
    with running([*command, "--max-transaction-logs", "1"], port, env={"NODE_ENV": "production"}) as pid:
        yield Peer("Mockoon", port, [pid], paths, exchanges.headers)
