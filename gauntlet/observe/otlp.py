"""OpenTelemetry metrics as the samples that Prometheus would show: what a push says, and what all pushes come to.

A sum and a gauge is one sample under the metric's name; a histogram is NAME_count, NAME_sum and NAME_bucket, a summary
NAME_count, NAME_sum and NAME. Names are taken as they are, with _ for what a selector cannot name. Labels are the
attributes of the data point and of its resource. Source: OTLP 1.x, JSON encoding
(https://opentelemetry.io/docs/specs/otlp/, https://opentelemetry.io/docs/specs/otel/metrics/data-model/).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from gauntlet.observe.series import Sample

Json = Mapping[str, Any]
Labels = dict[str, str]
_DELTA = (1, "AGGREGATION_TEMPORALITY_DELTA")
_NO_VALUE = 1  # DataPointFlags: no recorded value
_UNNAMEABLE = re.compile(r"[^a-zA-Z0-9_:]")


@dataclass(frozen=True, slots=True)
class Point:
    """One value that was pushed: a delta adds to what was pushed before, another one replaces it."""

    sample: Sample
    delta: bool
    source: tuple[tuple[str, str], ...]  # the resource and the scope it comes from


class Totals:
    """What the pushes come to so far."""

    def __init__(self) -> None:
        self._held: dict[tuple[Any, ...], Sample] = {}

    def take(self, points: Iterable[Point]) -> None:
        """Add what was pushed."""
        for point in points:
            sample = point.sample
            key = (sample.name, tuple(sorted(sample.labels.items())), point.source)
            before = self._held[key].value if point.delta and key in self._held else 0.0
            self._held[key] = Sample(sample.name, sample.labels, before + sample.value)

    def samples(self) -> list[Sample]:
        """Return the latest value of every series."""
        return list(self._held.values())


def points_of(document: Json) -> Iterator[Point]:
    """Yield every value of an ExportMetricsServiceRequest. Raises ValueError, KeyError, TypeError for what is none."""
    for of_resource in document["resourceMetrics"]:
        resource = labels_of(of_resource.get("resource", {}).get("attributes", []))
        for of_scope in of_resource.get("scopeMetrics", []):
            source = (*sorted(resource.items()), ("", str(of_scope.get("scope", {}).get("name", ""))))
            for metric in of_scope.get("metrics", []):
                for sample, delta in _values(metric):
                    yield Point(Sample(sample.name, {**resource, **sample.labels}, sample.value), delta, source)


def _values(metric: Json) -> Iterator[tuple[Sample, bool]]:
    name = nameable(str(metric["name"]))
    for kind, told in _KINDS.items():
        data = metric.get(kind)
        if data is None:
            continue
        delta = data.get("aggregationTemporality") in _DELTA
        for point in data.get("dataPoints", []):
            if not int(point.get("flags", 0)) & _NO_VALUE:
                labels = labels_of(point.get("attributes", []))
                yield from ((sample, delta) for sample in told(name, labels, point))


def _number(name: str, labels: Labels, point: Json) -> Iterator[Sample]:
    value = point["asInt"] if "asInt" in point else point["asDouble"]
    yield Sample(name, labels, float(value))


def _counted(name: str, labels: Labels, point: Json) -> Iterator[Sample]:
    yield Sample(f"{name}_count", labels, float(point.get("count", 0)))
    if "sum" in point:
        yield Sample(f"{name}_sum", labels, float(point["sum"]))


def _histogram(name: str, labels: Labels, point: Json) -> Iterator[Sample]:
    yield from _counted(name, labels, point)
    bounds = [f"{float(bound):g}" for bound in point.get("explicitBounds", [])]
    counts = accumulate(float(count) for count in point.get("bucketCounts", []))
    for bound, count in zip([*bounds, "+Inf"], counts, strict=False):
        yield Sample(f"{name}_bucket", {**labels, "le": bound}, count)


def _summary(name: str, labels: Labels, point: Json) -> Iterator[Sample]:
    yield from _counted(name, labels, point)
    for item in point.get("quantileValues", []):
        yield Sample(name, {**labels, "quantile": f"{float(item.get('quantile', 0)):g}"}, float(item.get("value", 0)))


_KINDS = {
    "sum": _number,
    "gauge": _number,
    "histogram": _histogram,
    "exponentialHistogram": _counted,
    "summary": _summary,
}


def labels_of(attributes: Iterable[Json]) -> Labels:
    """Return attributes as labels."""
    return {nameable(str(item["key"])): _text(item.get("value", {})) for item in attributes}


def _text(value: Json) -> str:
    kind, content = next(iter(value.items()), ("", ""))
    if kind == "boolValue":
        return "true" if content else "false"
    return str(content)


def nameable(name: str) -> str:
    """Return a name that a selector can give: other characters become _."""
    return _UNNAMEABLE.sub("_", name)


def exposition(samples: Iterable[Sample]) -> str:
    """Return samples in the Prometheus text format, without types."""
    return "".join(f"{item.name}{_braced(item.labels)} {item.value!r}\n" for item in samples)


def _braced(labels: Mapping[str, str]) -> str:
    inside = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{inside}}}" if inside else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
