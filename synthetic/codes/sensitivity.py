"""Sensitive classes of information: HL7 v3-ActCode labels, and the confidentiality that goes with them (CC0)."""

from __future__ import annotations

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
RESTRICTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
    "code": "R",
    "display": "restricted",
}
LABELS = {
    "ETH": {"system": ACT_CODE, "code": "ETH", "display": "substance abuse information sensitivity"},
    "HIV": {"system": ACT_CODE, "code": "HIV", "display": "HIV/AIDS information sensitivity"},
    "PSY": {"system": ACT_CODE, "code": "PSY", "display": "psychiatry disorder information sensitivity"},
}
PART_2 = {"system": ACT_CODE, "code": "42CFRPart2", "display": "42 CFR Part2"}
CLASSES = tuple(LABELS)


def labels_of(sensitive: str) -> tuple[dict[str, str], ...]:
    """The labels of a class, for meta.security; none for the empty class."""
    if not sensitive:
        return ()
    return (RESTRICTED, LABELS[sensitive], *((PART_2,) if sensitive == "ETH" else ()))
