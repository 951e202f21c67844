"""Speed and false alarms of the privacy scanner on ordinary logs, and whether planted values are found in them.

    .venv/bin/python benchmarks/privacy_scanner.py [MEGABYTES]

Ordinary logs are those of a gateway and of what runs around it: access logs, JSON lines, Java with stack traces and
garbage collection, container events; nothing in them comes from a chart. One core, median of five rounds. The yardstick
is what Python itself needs to cut the same text into its different words: it says how fast the machine is just now.
"""

import base64
import hashlib
import io
import random
import statistics
import sys
import time
import urllib.parse
from collections.abc import Callable

from gauntlet.privacy import Scanner
from synthetic.population import Chart, Population

MEGABYTE = 1_000_000
CHARTS = (8, 64, 400)
ROUNDS = 5
TYPES = ("Patient", "Observation", "Condition", "Encounter", "MedicationRequest", "AllergyIntolerance", "Appointment")
CLASSES = (
    "com.fasterxml.jackson.databind.JsonMappingException",
    "org.springframework.web.servlet.DispatcherServlet",
    "ca.uhn.fhir.rest.server.RestfulServer",
    "io.netty.handler.timeout.ReadTimeoutException",
    "org.apache.camel.processor.errorhandler.DefaultErrorHandler",
    "reactor.netty.http.client.PrematureCloseException",
    "com.zaxxer.hikari.pool.HikariPool",
)
TEXTS = (
    "retrying in {n} ms after 503 from upstream, attempt {d} of 3",
    "circuit breaker half-open; one probe request is let through",
    "token renewed ahead of expiry, next renewal in {n} s",
    "pool stats (total={d}, active={d}, idle={d}, waiting=0), green",
    "page {d} of search served from cursor {u}",
    "upstream marked down for a grace period; long poll resumes in {n} ms",
    "loaded 17 rules from /etc/gateway/rules.d/{d}-default.yaml, price table {n}",
    "certificate expires in {n} days, fingerprint {h}",
)


class Logbook:
    """Writes ordinary log lines."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.moment = 1_795_000_000.0
        self.kinds = (self.access, self.json, self.java, self.json, self.collection, self.container, self.trace)

    def hex(self, digits: int) -> str:
        return f"{self.dice.getrandbits(4 * digits):0{digits}x}"

    def uuid(self) -> str:
        text = self.hex(32)
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def fhir_id(self) -> str:
        return base64.urlsafe_b64encode(self.dice.randbytes(18)).decode().replace("_", ".")

    def time(self, shape: str) -> str:
        self.moment += self.dice.expovariate(200)
        return time.strftime(shape, time.gmtime(self.moment))

    def text(self) -> str:
        d, n = self.dice.randrange(100), self.dice.randrange(100_000)
        return self.dice.choice(TEXTS).format(d=d, n=n, u=self.uuid(), h=self.hex(40))

    def access(self) -> str:
        kind, size = self.dice.choice(TYPES), self.dice.randrange(200, 90_000)
        path = self.dice.choice((f"{kind}/{self.fhir_id()}", f"{kind}?patient={self.fhir_id()}&date=ge2026-01-01"))
        when = self.time("%d/%b/%Y:%H:%M:%S +0000")
        agent = self.dice.choice(
            ('"python-httpx/0.28.1"', '"Mozilla/5.0 (X11; Linux x86_64)"', '"Apache-HttpClient/5"')
        )
        address = ".".join(str(self.dice.randrange(256)) for _ in range(4))
        request = f"GET /fhir/R4/{path}&_format=application%2Ffhir%2Bjson HTTP/1.1"
        return f'{address} - - [{when}] "{request}" 200 {size} "-" "{agent}"'

    def json(self) -> str:
        return (
            f'{{"time":"{self.time("%Y-%m-%dT%H:%M:%S")}.{self.dice.randrange(1000):03d}Z","event":"request",'
            f'"correlation_id":"{self.uuid()}","client_id":"app-{self.dice.randrange(20)}","patient":"p-{self.hex(16)}",'
            f'"resource_type":"{self.dice.choice(TYPES)}","status":200,"epoch_ms":{int(self.moment * 1000)},'
            f'"latency_ms":{self.dice.uniform(1, 2000):.1f},"bytes":{self.dice.randrange(10**8)}}}'
        )

    def java(self) -> str:
        level = self.dice.choice(("INFO ", "WARN ", "DEBUG", "ERROR"))
        name = self.dice.choice(CLASSES)
        when = f"{self.time('%Y-%m-%d %H:%M:%S')},{self.dice.randrange(1000):03d}"
        return f"{when} {level} [http-nio-8080-exec-{self.dice.randrange(200)}] {name} - {self.text()}"

    def collection(self) -> str:
        number, taken = self.dice.randrange(10**6), self.dice.uniform(1, 90)
        pause = f"GC({number}) Pause Young (Normal) (G1 Evacuation Pause) 24M->4M(256M) {taken:.3f}ms"
        return f"[{number / 100:.3f}s][info][gc] {pause}"

    def container(self) -> str:
        place = f"{self.time('%b %d %H:%M:%S')} node-{self.dice.randrange(40)} kubelet[{self.dice.randrange(99999)}]"
        return f"{place}: sha256:{self.hex(64)} {self.text()}"

    def trace(self) -> str:
        frames = [f"\tat {self.dice.choice(CLASSES)}.invoke(Unknown.java:{self.dice.randrange(900)})" for _ in range(6)]
        return "\n".join([f"Caused by: {self.dice.choice(CLASSES)}: connection {self.hex(8)} was reset", *frames])

    def written(self, size: int) -> bytes:
        lines, so_far = [], 0
        while so_far < size:
            line = self.dice.choice(self.kinds)()
            lines.append(line)
            so_far += len(line) + 1
        return "\n".join(lines).encode() + b"\n"


PLANTED: dict[str, Callable[[str], str]] = {
    "plain": lambda value: f"seen {value} today",
    "case-folded": lambda value: f"seen {value.upper()} today",
    "URL-encoded": lambda value: f"GET /x?q={urllib.parse.quote(value, safe='')}&y=1",
    "base64": lambda value: base64.b64encode(f'{{"v":"{value}"}}'.encode()).decode(),
    "hashed": lambda value: f"key={hashlib.sha256(value.encode()).hexdigest()}",
    "split over lines": lambda value: f"seen {value[: len(value) // 2]}\n    {value[len(value) // 2 :]} today",
}


def planted(log: bytes, chart: Chart) -> list[str]:
    """Return what is not found of every value of `chart` hidden in the middle of `log`, spelling by spelling."""
    half = log.index(b"\n", len(log) // 2) + 1
    missed = []
    for kind in ("name", "birth-date", "mrn", "ssn", "phone", "address", "email"):
        values = [phi.text for phi in chart.phi() if phi.kind == kind]
        for how, hide in PLANTED.items() if values else ():
            value = max(values, key=len)
            hidden = log[:half] + hide(value).encode() + b"\n" + log[half:]
            if kind not in {leak.kind for leak in Scanner([chart]).scan(io.BytesIO(hidden))}:
                missed.append(f"{kind} {how}")
    return missed


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    log = Logbook(7).written(megabytes * MEGABYTE)
    population = Population(7, 4000)
    start = time.process_time()
    different = len(set(log.split()))
    print(f"yardstick: {len(log) / MEGABYTE / (time.process_time() - start):.1f} MB/s, {different} different words")
    print(f"{len(log) / MEGABYTE:.0f} MB of ordinary logs, {log.count(10)} lines")
    for count in CHARTS:
        scanner = Scanner(population.chart(index) for index in range(count))
        seconds, alarms = [], set()
        for _ in range(ROUNDS):
            start = time.process_time()
            alarms = scanner.scan(io.BytesIO(log))
            seconds.append(time.process_time() - start)
        speed = len(log) / MEGABYTE / statistics.median(seconds)
        print(f"{count:4} charts: {speed:6.1f} MB/s, alarms: {sorted(map(str, alarms)) or 'none'}")
    print(f"planted and missed: {planted(log[: 3 * MEGABYTE], population.chart(3)) or 'none'}")


if __name__ == "__main__":
    main()
