"""Speed of the mock EHR beside nginx, FastAPI, WireMock, Prism and Mockoon, all serving the same bytes.

    .venv/bin/python benchmarks/mock_server.py [--rounds 5] [--seconds 2] [--only nginx,fastapi] [--npm FOLDER]

Needs wrk, nginx, java and node (Debian: wrk nginx default-jre-headless nodejs npm); what is missing is left out and
named. Servers run on CPU 0, the generator on CPU 1. The mock checks the token, writes its journal and matches a fault;
the others serve from files, stubs or a dict. Figures are requests per second of the server's CPU time, medians over
rounds in which all take turns; a request is one of a hundred different ones, so that the mock, like the others, has
met it before: what a request costs that comes for the first time is not measured here.

Latency is measured at half of the mock's capacity with an open-loop generator (Poisson arrivals, latency from the
intended time of sending), not with wrk, which waits for answers before it asks again.
"""

import argparse
import contextlib
import json
import secrets
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import mock_peers
from mock_load import Throughput, open_load, quantile, wrk
from mock_peers import Exchanges, MissingError, Peer

from gauntlet.control import Control
from gauntlet.tokens import EhrClient
from synthetic.population import Population

PATIENTS, SEED = 100_000, 7
DIFFERENT = 100
ENTRIES = 20
READ_BYTES, SEARCH_BYTES = 2000, 43_000
GOALS = {
    ("nginx", "read"): 0.6, ("nginx", "search"): 0.35, ("WireMock", "read"): 10, ("Prism", "read"): 12,
    ("Mockoon", "read"): 20, ("FastAPI", "read"): 5,
}  # fmt: skip
BASE = "/FHIR/api/FHIR/R4"
Maker = Callable[[Exchanges, Path], AbstractContextManager[Peer]]


@contextlib.contextmanager
def mock() -> Iterator[tuple[Peer, Control]]:
    """Our mock as everybody starts it, with a client logged in and a fault armed that strikes nobody."""
    secret, port = secrets.token_hex(8), mock_peers.free_port()
    command = ["taskset", "-c", "0", sys.executable, "-m", "mock_ehr", "--patients", str(PATIENTS), "--seed", str(SEED)]
    process = subprocess.Popen(
        [*command, "--listen", f"127.0.0.1:{port}"],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        env={"GAUNTLET_CONTROL_SECRET": secret, "PATH": "/usr/bin:/bin"},
    )
    try:
        assert process.stdout is not None
        at = json.loads(process.stdout.readline())
        control = Control("mock EHR", at["control"], secret)
        token = EhrClient(control, f"{at['data']}/FHIR/oauth2/token", "bench").fetch()
        control.call("POST", "/faults", {"match": {"patient": "nobody"}, "behaviour": {"kind": "stall"}})
        headers = (f"Authorization: Bearer {token}", "Accept: application/fhir+json")
        yield Peer("mock EHR", port, [process.pid], {}, headers), control
    finally:
        process.kill()
        process.wait()


def recorded(peer: Peer) -> Exchanges:
    """Ask the mock for reads of about 2 kB and searches of 20 entries of about 43 kB."""
    headers = dict(header.split(": ", 1) for header in peer.headers)
    population = Population(SEED, PATIENTS)
    wanted: dict[str, list[tuple[int, str, bytes]]] = {"read": [], "search": []}
    with httpx.Client(base_url=peer.address, headers=headers, trust_env=False) as http:
        for index in range(0, PATIENTS, PATIENTS // 300):
            chart = population.chart(index)
            paths = {
                "read": nearest_read(chart.resources),
                "search": f"{BASE}/Observation?patient={chart.id}&category=laboratory,vital-signs&_count={ENTRIES}",
            }
            for kind, path in paths.items():
                body = http.get(path).raise_for_status().content
                if kind == "read" or body.count(b'"fullUrl"') == ENTRIES:
                    size = READ_BYTES if kind == "read" else SEARCH_BYTES
                    wanted[kind].append((abs(len(body) - size), path, body))
    chosen = {kind: {path: body for _, path, body in sorted(found)[:DIFFERENT]} for kind, found in wanted.items()}
    return Exchanges(chosen, peer.headers)


def nearest_read(resources: tuple[object, ...]) -> str:
    shown = [item for item in resources if item.type not in ("Patient", "Binary")]
    best = min(shown, key=lambda item: abs(len(item.json) - READ_BYTES))
    return f"{BASE}/{best.type}/{best.id}"


def makers(only: set[str], folder: Path, npm: Path | None) -> dict[str, Maker]:
    """What starts each peer that was asked for and can be had."""
    found: dict[str, Maker] = {}
    if "nginx" in only:
        for mode in ("on", "off"):
            found[f"nginx-{mode}"] = lambda exchanges, place, mode=mode: mock_peers.nginx(exchanges, place, mode)
    if "fastapi" in only:
        with told():
            python = mock_peers.fastapi_python(folder)
            found["fastapi"] = lambda exchanges, place: mock_peers.fastapi(exchanges, place, python)
    if only & {"wiremock", "prism", "mockoon"}:
        with told():
            modules = npm / "node_modules" if npm else mock_peers.npm_packages(folder)
            for name in ("wiremock", "prism", "mockoon"):
                start = getattr(mock_peers, name)
                if name in only:
                    found[name] = lambda exchanges, place, start=start: start(exchanges, place, modules)
    return found


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Say why a peer is left out."""
    try:
        yield
    except MissingError as missing:
        print(f"left out: {missing}")


def alive(peer: Peer, exchanges: Exchanges) -> None:
    """Check that a peer answers with the bytes that it should, as JSON."""
    for kind, paths in peer.paths.items():
        expected = json.loads(next(iter(exchanges.answers[kind].values())))
        headers = dict(header.split(": ", 1) for header in peer.headers)
        answer = httpx.get(peer.address + paths[0], headers=headers, trust_env=False, timeout=30)
        if answer.status_code != 200 or answer.json() != expected:
            raise MissingError(f"{peer.name} answers {answer.status_code} with something else: {answer.text[:200]}")


def measure(peers: list[Peer], rounds: int, seconds: int) -> dict[tuple[str, str], list[Throughput]]:
    results: dict[tuple[str, str], list[Throughput]] = {}
    for turn in range(-1, rounds):  # the first turn warms up
        for peer in peers:
            for kind, paths in peer.paths.items():
                length = (8 if "WireMock" in peer.name else 1) if turn < 0 else seconds
                run = wrk(peer.address, paths, peer.headers, peer.pids, length)
                assert not run.failed, f"{peer.name} refused {run.failed} of {run.requests}"
                if turn >= 0:
                    results.setdefault((peer.name, kind), []).append(run)
    return results


def report(results: dict[tuple[str, str], list[Throughput]], exchanges: Exchanges) -> None:
    for kind, answers in exchanges.answers.items():
        size = statistics.mean(map(len, answers.values()))
        print(f"\n{kind}: {len(answers)} different ones, {size:.0f} bytes on average")
        print(f"{'requests per':24} {'CPU second':>11} {'second':>9}  mock / it (goal)")
        ours = results["mock EHR", kind]
        for (name, measured), runs in results.items():
            if measured == kind:
                print_row(name, kind, runs, ours)


def print_row(name: str, kind: str, runs: list[Throughput], ours: list[Throughput]) -> None:
    per_cpu = statistics.median(run.per_cpu_second for run in runs)
    ratios = [mine.per_cpu_second / other.per_cpu_second for mine, other in zip(ours, runs, strict=True)]
    goal = next((f" ({wanted:g})" for (stem, of), wanted in GOALS.items() if of == kind and stem in name), "")
    spread = "" if runs is ours else f"{statistics.median(ratios):6.2f}{goal}  {min(ratios):.2f} to {max(ratios):.2f}"
    print(f"{name:24} {per_cpu:11.0f} {statistics.median(run.per_second for run in runs):9.0f}  {spread}")


def latency(peer: Peer, capacity: dict[str, float], rounds: int, seconds: float) -> None:
    """Latency at half of the capacity, the medians over rounds."""
    port = urlsplit(peer.address).port or 80
    for kind, paths in peer.paths.items():
        head = "".join(f"{header}\r\n" for header in ("Host: 127.0.0.1", *peer.headers))
        requests = [f"GET {path} HTTP/1.1\r\n{head}\r\n".encode() for path in paths]
        shares = (0.5, 0.99, 0.999)
        rows = []
        for turn in range(rounds):
            load = open_load(("127.0.0.1", port), requests, capacity[kind] / 2, seconds, turn)
            assert not load.failed
            rows.append(
                [1000 * quantile(load.latencies, share) for share in shares] + [1000 * quantile(load.lags, 0.99)]
            )
        half, tail, far, lag = (statistics.median(column) for column in zip(*rows, strict=True))
        print(
            f"{kind:8} at {capacity[kind] / 2:6.0f}/s, open loop: p50 {half:.2f} ms, p99 {tail:.2f} ms (goal 5), "
            f"p99.9 {far:.2f} ms; of that the generator's own lateness p99 {lag:.2f} ms"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of the mock EHR beside other servers.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--only", default="nginx,fastapi,wiremock,prism,mockoon", help="peers, by comma")
    parser.add_argument("--npm", type=Path, help="a folder whose node_modules has the peers of npm already")
    words = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mock-server-")))
        ours, _ = stack.enter_context(mock())
        exchanges = recorded(ours)
        peers = [Peer(ours.name, ours.port, ours.pids, mock_peers.natural(exchanges), ours.headers)]
        for name, start in makers(set(words.only.split(",")), folder, words.npm).items():
            place = folder / name
            place.mkdir()
            with told():
                peer = stack.enter_context(start(exchanges, place))
                alive(peer, exchanges)
                peers.append(peer)
        results = measure(peers, words.rounds, words.seconds)
        report(results, exchanges)
        capacity = {k: statistics.median(run.per_second for run in results[ours.name, k]) for k in exchanges.answers}
        print()
        latency(peers[0], capacity, words.rounds, words.seconds)


if __name__ == "__main__":
    main()
