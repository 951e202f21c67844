"""The load generators that `load_generators.py` and `load_truth.py` compare, each as a command pinned to CPU 1."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from mock_peers import free_port, program, running

from gauntlet.load.plan import Order, Plan, PlannedPatient, Token, write_order
from gauntlet.load.process import command, environment
from gauntlet.load.profile import Profile

WHY = "a figure of a benchmark"
PATIENTS, BODY_BYTES, CONNECTIONS = 100, 2000, 20
BASE = "/fhir/R4"

NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log /dev/null crit; worker_rlimit_nofile 10000;
events {{ worker_connections 8192; }}
http {{
  access_log off; sendfile off; tcp_nodelay on; keepalive_requests 1000000000; output_buffers 2 64k;
  open_file_cache max=1000; open_file_cache_valid 1h; default_type "application/fhir+json"; types {{ }}
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder};
  scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port} backlog=4096; root {folder}/files; location = /status {{ stub_status; }} }}
}}
"""


@dataclass(frozen=True)
class Tool:
    """A load generator: its command line, and what it is told by its environment."""

    name: str
    line: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def nginx(folder: Path) -> Iterator[str]:
    """nginx on CPU 0 with a hundred patients of 2 kB; yields its address."""
    files = folder / "files" / BASE.strip("/") / "Patient"
    files.mkdir(parents=True)
    for number in range(PATIENTS):
        patient = {"resourceType": "Patient", "id": f"p{number}", "text": ""}
        patient["text"] = "x" * (BODY_BYTES - len(json.dumps(patient)))
        (files / f"p{number}").write_text(json.dumps(patient))
    for place in (folder, folder.parent):  # its worker is another user
        place.chmod(0o755)
    port = free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    with running([program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")], port):
        yield f"http://127.0.0.1:{port}"


def served(address: str) -> int:
    """How many requests nginx has been sent: the same count for every generator, whatever it says of itself."""
    text = httpx.get(f"{address}/status", trust_env=False).text
    return int(text.splitlines()[2].split()[2])


def profile(rate: float, seconds: float, connections: int = 2000) -> Profile:
    """A profile of one kind of request at one rate."""
    point = {"per_s": float(rate), "why": WHY}
    mix = {"name": "read", "role": "nurse", "request": "Patient/{patient}", "weight": 1.0, "why": WHY}
    slo = {name: {"limit": 1000.0, "why": WHY} for name in ("p50_ms", "p95_ms", "p99_ms")}
    return Profile.model_validate(
        {
            "name": "benchmark", "title": "Benchmark", "why": WHY, "mix": [mix],
            "curve": [{"at_s": 0.0, **point}, {"at_s": float(seconds), **point}],
            "slo": {**slo, "error_rate": {"limit": 0.0, "why": WHY}, "wrong_patient": {"limit": 0, "why": WHY}},
            "limits": {"answer_timeout_s": 10.0, "drain_s": 5.0, "connections": connections, "why": WHY},
        }
    )  # fmt: skip


def plan(address: str, lifetime_s: float = 86_400) -> Plan:
    """Whom the profile asks for."""
    return Plan(
        base_url=f"{address}{BASE}",
        tokens={"nurse": Token(value="t" * 300, expires_at=time.time() + lifetime_s)},
        patients=[PlannedPatient(values={"patient": f"p{number}"}) for number in range(PATIENTS)],
        seed=7,
    )


def ours(address: str, folder: Path, rate: float, seconds: float) -> Tool:
    """Our engine as `gauntlet load` starts it: all statistics, every answer checked for the right patient."""
    folder.mkdir(exist_ok=True)
    (folder / "progress.ndjson").touch()
    order = Order(
        profile=profile(rate, seconds),
        plan=plan(address),
        result=folder / "raw.json",
        progress=folder / "progress.ndjson",
    )
    return Tool("gauntlet", command(), environment(os.environ, write_order(order, folder), folder))


LOCUSTFILE = """
import itertools
from locust import FastHttpUser, constant, constant_throughput, task
numbers = itertools.count()

class Reader(FastHttpUser):
    wait_time = {wait}

    @task
    def read(self):
        self.client.get(f"{base}/Patient/p{{next(numbers) % {patients}}}", name="read",
                        headers={{"Authorization": "Bearer {token}"}})
"""


def locust(address: str, folder: Path, seconds: float, users: int = CONNECTIONS, wait: str = "constant(0)") -> Tool:
    """Locust as its manual says, with its fast client."""
    file = folder / "stock_locustfile.py"
    file.write_text(LOCUSTFILE.format(wait=wait, base=BASE, patients=PATIENTS, token="t" * 300))
    line = [sys.executable, "-m", "locust", "-f", str(file), "--headless", "--host", address, "--json"]
    many = ["--users", str(users), "--spawn-rate", str(users), "--run-time", f"{seconds:.0f}s"]
    return Tool("Locust FastHttpUser", [*line, *many, "--loglevel", "ERROR"], {"HOME": str(folder)})


K6 = """
import http from "k6/http";
import exec from "k6/execution";
export const options = {{ discardResponseBodies: false, summaryTrendStats: ["p(50)", "p(95)", "p(99)", "p(99.9)"],
  scenarios: {{ open: {{ executor: "constant-arrival-rate", rate: {rate}, timeUnit: "1s", duration: "{seconds}s",
                        preAllocatedVUs: {before}, maxVUs: {most} }} }} }};
const params = {{ headers: {{ Authorization: "Bearer {token}" }}, tags: {{ name: "read" }} }};
export default function () {{
  const n = exec.scenario.iterationInTest % {patients};
  http.get(`{address}{base}/Patient/p${{n}}`, params);
}}
"""


def k6(
    binary: str, address: str, folder: Path, rate: float, seconds: float, users: tuple[int, int] = (CONNECTIONS, 100)
) -> Tool:
    """k6's open executor with so many users ready, and at most so many; one thread, as it has one CPU."""
    script = folder / "k6.js"
    text = K6.format(
        rate=int(rate), seconds=int(seconds), before=users[0], most=users[1], token="t" * 300,
        patients=PATIENTS, address=address, base=BASE,
    )  # fmt: skip
    script.write_text(text)
    line = [binary, "run", "-q", "--no-usage-report", "--summary-export", str(folder / "k6.json"), str(script)]
    return Tool("k6 constant-arrival-rate", line, {"GOMAXPROCS": "1", "HOME": str(folder)})


def wrk(address: str, seconds: float) -> Tool:
    """wrk with one thread and one request, as fast as answers come: no schedule, no look at any answer."""
    header = ["-H", "Authorization: Bearer " + "t" * 300]
    line = [program("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", *header, f"{address}{BASE}/Patient/p0"]
    return Tool("wrk", line)


@contextlib.contextmanager
def started(tool: Tool, output: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a generator on CPU 1, its output in a file; end it with the block."""
    with output.open("wb") as file:
        process = subprocess.Popen(
            ["taskset", "-c", "1", *tool.line],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **tool.env},
            cwd=output.parent,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()
