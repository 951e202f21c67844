"""The gateway's metrics in Prometheus text format."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

from gauntlet.errors import CheckFailed, Inconclusive
from gauntlet.lab import Lab
from gauntlet.placeholder import fill


@dataclass(frozen=True)
class MetricsReader:
    """Fetches the metrics of one target; `url` is None when the target names none."""

    url: str | None

    @classmethod
    def of(cls, lab: Lab) -> MetricsReader:
        """Return the reader for `lab`'s target."""
        url = lab.target.file.observe.metrics
        return cls(fill(url, lab.values, {}) if url else None)

    def text(self) -> str:
        """Return the exposition as text. Raises Inconclusive without a URL, CheckFailed when it is not served."""
        if self.url is None:
            raise Inconclusive("the target file names no metrics: [observe] metrics")
        try:
            response = httpx.get(self.url, timeout=10.0, trust_env=False)
        except httpx.RequestError as error:
            raise CheckFailed(f"the metrics at {self.url} are not served: {error}") from None
        if not response.is_success:
            raise CheckFailed(f"the metrics at {self.url} are answered with {response.status_code}")
        return response.text

    def samples(self) -> dict[str, float]:
        """Return every sample as `name{label="value",...}` to its value. Raises CheckFailed for a broken exposition."""
        try:
            families = list(text_string_to_metric_families(self.text()))
        except (ValueError, LookupError) as error:  # the parser stumbles over some lines with an IndexError
            raise CheckFailed(f"the metrics at {self.url} are not in Prometheus text format: {error}") from None
        return {
            f"{sample.name}{_labels(sample.labels)}": sample.value for family in families for sample in family.samples
        }


def _labels(labels: dict[str, str]) -> str:
    inside = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    return f"{{{inside}}}" if inside else ""
