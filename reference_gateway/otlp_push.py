"""Metrics by OTLP/HTTP in JSON: everything that is counted, cumulative since the start, at intervals.

Source: https://opentelemetry.io/docs/specs/otlp/ (JSON encoding: 64-bit integers are texts).
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from typing import Any

import aiohttp
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.samples import Sample

from reference_gateway.clock import Clock

Json = dict[str, Any]
CUMULATIVE = 2
_PATIENCE = aiohttp.ClientTimeout(total=5.0)
_NANOSECONDS = 1_000_000_000


class OtlpPush:
    """Pushes one registry."""

    def __init__(
        self, session: aiohttp.ClientSession, registry: CollectorRegistry, endpoint: str, every_s: float, clock: Clock
    ) -> None:
        self.session = session
        self.registry = registry
        self.url = f"{endpoint}/v1/metrics"
        self.every_s = every_s
        self.clock = clock
        self.started = self.now()
        self.instance = secrets.token_hex(8)

    async def run(self) -> None:
        """Push until cancelled; a collector that is away gets the next push."""
        while True:
            with suppress(aiohttp.ClientError, OSError, TimeoutError):
                await self.push()
            await asyncio.sleep(self.every_s)

    async def push(self) -> None:
        """Push once. Raises ClientError, OSError and TimeoutError."""
        body = json.dumps(self.document()).encode()
        headers = {"Content-Type": "application/json"}
        async with self.session.post(self.url, data=body, headers=headers, timeout=_PATIENCE) as answer:
            await answer.read()

    def document(self) -> Json:
        """Return everything as an ExportMetricsServiceRequest."""
        metrics = [told for family in self.registry.collect() for told in self.metrics(family)]
        resource = {"service.name": "reference-gateway", "service.instance.id": self.instance}
        scope = {"scope": {"name": "reference_gateway"}, "metrics": metrics}
        return {"resourceMetrics": [{"resource": {"attributes": _attributes(resource)}, "scopeMetrics": [scope]}]}

    def metrics(self, family: Metric) -> Iterable[Json]:
        """Return one family: a monotonic sum, a histogram or a gauge."""
        samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
        if not samples:
            return
        about = {"description": family.documentation}
        if family.type == "histogram":
            spread = {"aggregationTemporality": CUMULATIVE, "dataPoints": list(self.histograms(samples))}
            yield {"name": family.name, **about, "histogram": spread}
            return
        points = [{**self.point(sample.labels), "asDouble": sample.value} for sample in samples]
        name = samples[0].name
        if family.type == "counter":
            counted = {"aggregationTemporality": CUMULATIVE, "isMonotonic": True, "dataPoints": points}
            yield {"name": name, **about, "sum": counted}
        else:
            yield {"name": name, **about, "gauge": {"dataPoints": points}}

    def histograms(self, samples: list[Sample]) -> Iterable[Json]:
        """Return the histograms of a family, one for each set of labels; buckets count what is theirs alone."""
        found: dict[tuple[tuple[str, str], ...], dict[str, Any]] = {}
        for sample in samples:
            labels = {name: value for name, value in sample.labels.items() if name != "le"}
            one = found.setdefault(tuple(labels.items()), {"labels": labels, "buckets": []})
            if "le" in sample.labels:
                one["buckets"].append((float(sample.labels["le"]), sample.value))
            else:
                one[sample.name.rpartition("_")[2]] = sample.value
        for one in found.values():
            counts = [0.0, *(count for _, count in one["buckets"])]
            yield {
                **self.point(one["labels"]),
                "count": str(int(one["count"])),
                "sum": one["sum"],
                "bucketCounts": [str(int(after - before)) for before, after in pairwise(counts)],
                "explicitBounds": [bound for bound, _ in one["buckets"][:-1]],
            }

    def point(self, labels: dict[str, str]) -> Json:
        """Return what all data points have."""
        return {
            "attributes": _attributes(labels),
            "startTimeUnixNano": str(self.started),
            "timeUnixNano": str(self.now()),
        }

    def now(self) -> int:
        """Return the time in nanoseconds of the epoch."""
        return int(self.clock.wall() * _NANOSECONDS)


def _attributes(values: dict[str, str]) -> list[Json]:
    return [{"key": name, "value": {"stringValue": value}} for name, value in values.items()]
