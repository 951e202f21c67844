"""The vantage points from which requirements are judged, by the letters of the table."""

from __future__ import annotations

from collections.abc import Mapping

VANTAGE_POINTS: Mapping[str, str] = {
    "C": "the consumer's side",
    "U": "the EHR's journal",
    "N": "the network proxy",
    "L": "logs",
    "A": "the audit trail",
    "M": "metrics",
    "T": "the truth of the population",
}
