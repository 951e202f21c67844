"""The gateway's metrics: Prometheus text format or OpenMetrics, whichever it serves, or what it pushes by OTLP."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from gauntlet.errors import CheckFailed, Inconclusive
from gauntlet.lab import Lab
from gauntlet.observe.otlp_receiver import OtlpReceiver
from gauntlet.observe.series import Sample
from gauntlet.placeholder import fill
from gauntlet.steps import step
from gauntlet.tls import tls_context

_OPENMETRICS = "application/openmetrics-text"
_PARSERS: dict[bool, tuple[str, Callable[[str], Iterable[Any]]]] = {
    False: ("Prometheus text format", text_string_to_metric_families),
    True: ("OpenMetrics format", openmetrics.text_string_to_metric_families),
}


@dataclass(frozen=True)
class MetricsReader:
    """Fetches the metrics of one target; `url` is None when the target names none."""

    url: str | None
    pushed: OtlpReceiver | None = None  # where they arrive, if they are pushed
    ca_file: Path | None = None  # authority to trust beside the public ones

    @classmethod
    def of(cls, lab: Lab) -> MetricsReader:
        """Return the reader for `lab`'s target."""
        url, otlp = lab.target.file.observe.metrics, lab.target.file.observe.otlp
        if otlp is not None and otlp.metrics and lab.receivers.otlp is not None:
            return cls(lab.receivers.otlp.url, lab.receivers.otlp)
        return cls(fill(url, lab.values, {}) if url else None, ca_file=lab.target.ca_file)

    def text(self) -> str:
        """Return the exposition as text. Raises Inconclusive without a URL, CheckFailed when it is not served."""
        return self.exposition()[1]

    def exposition(self) -> tuple[str, str]:
        """Return the exposition's media type and text. Raises Inconclusive without a URL, CheckFailed."""
        step("asks the metrics")
        if self.url is None:
            raise Inconclusive("the target file names no metrics: [observe] metrics or [observe.otlp]")
        if self.pushed is not None:
            return self.pushed.exposition()
        try:
            response = httpx.get(self.url, timeout=10.0, trust_env=False, verify=tls_context(self.ca_file))
        except httpx.RequestError as error:
            raise CheckFailed(f"the metrics at {self.url} are not served: {error}") from None
        if not response.is_success:
            raise CheckFailed(f"the metrics at {self.url} are answered with {response.status_code}")
        return response.headers.get("content-type", ""), response.text

    def readings(self) -> list[Sample]:
        """Return every sample. Raises Inconclusive without a URL, CheckFailed for a broken exposition."""
        media_type, text = self.exposition()
        return self.parsed(media_type, text)

    def parsed(self, media_type: str, text: str) -> list[Sample]:
        """Return the samples of an exposition. Raises CheckFailed for a broken one."""
        name, parse = _PARSERS[media_type.lower().startswith(_OPENMETRICS)]
        try:
            families = list(parse(text))
        except (ValueError, LookupError) as error:  # the parser stumbles over some lines with an IndexError
            raise CheckFailed(f"the metrics at {self.url} are not in {name}: {error}") from None
        return [Sample(item.name, dict(item.labels), item.value) for family in families for item in family.samples]

    def samples(self) -> dict[str, float]:
        """Return every sample as `name{label="value",...}` to its value. Raises CheckFailed for a broken exposition."""
        return {f"{item.name}{_labels(dict(item.labels))}": item.value for item in self.readings()}


def _labels(labels: dict[str, str]) -> str:
    inside = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    return f"{{{inside}}}" if inside else ""
