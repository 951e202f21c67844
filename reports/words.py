"""The words of every report: what verdicts, outcomes, families, features and profiles mean to a reader.

All of them are constants, so that the page, the pull-request summary and the terminal say the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from gauntlet.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Word:
    """How a verdict or outcome is shown: a sign, a word, and what it means in one sentence."""

    sign: str
    label: str
    meaning: str


VERDICTS = MappingProxyType(
    {
        Verdict.FAIL: Word("✗", "fail", "A mandatory requirement is not met."),
        Verdict.WARN: Word("!", "warn", "A recommended requirement is not met."),
        Verdict.INCONCLUSIVE: Word("?", "inconclusive", "Could not be judged; neither a pass nor a failure."),
        Verdict.ERROR: Word("⚠", "error", "The harness itself failed; says nothing about the gateway."),
        Verdict.WAIVED: Word("~", "waived", "Failed, and a dated waiver in the target file accepts that for now."),
        Verdict.NOT_CLAIMED: Word("-", "not claimed", "The target does not claim the feature, so it was not run."),
        Verdict.PASS: Word("✓", "pass", "The requirement holds."),
    }
)

OUTCOMES = MappingProxyType(
    {
        Outcome.CONFORMANT: Word(
            "✓",
            "Conformant",
            "Every check of what this gateway claims to do holds. Nothing found here blocks a release.",
        ),
        Outcome.NON_CONFORMANT: Word(
            "✗",
            "Not conformant",
            "At least one mandatory requirement does not hold. Do not release before it is fixed or waived.",
        ),
        Outcome.PARTIAL: Word(
            "◐",
            "Partial",
            "What ran holds, but part of the suite was not run: no verdict on the whole.",
        ),
        Outcome.INCONCLUSIVE: Word(
            "?",
            "Inconclusive",
            "The gateway could not be judged. This is neither a pass nor a failure: find out why, then repeat.",
        ),
        Outcome.ERROR: Word(
            "⚠",
            "Harness error",
            "The harness itself failed. This says nothing about the gateway; the details are below.",
        ),
    }
)

# A run of a part that was asked for as such: its exit code is that of the part, and it says nothing of the rest.
ASKED = Word(
    "✓",
    "Passed",
    "All that was asked for holds. It is a part of the suite, so this is no verdict on the gateway as a whole.",
)

EXIT_CODES = MappingProxyType(
    {
        0: "conformant",
        1: "not conformant",
        2: "usage or configuration",
        3: "inconclusive or partial",
        4: "harness error",
    }
)

FAMILIES = MappingProxyType(
    {
        "CON": "FHIR contract",
        "MAP": "Semantic mapping",
        "AUT": "Consumer access",
        "UPA": "Access to the EHR",
        "NEG": "Hostile input",
        "THR": "Throttling",
        "RES": "Resilience",
        "IDP": "Exactly-once writes",
        "CST": "Consent",
        "AUD": "Audit trail",
        "PHI": "Privacy of logs and metrics",
        "OBS": "Observability",
        "ROL": "Rollout",
        "LOD": "Behaviour under load",
        "ENV": "Environment",
    }
)

# What a hospital has to live with, or solve elsewhere, when a gateway does not have the feature.
LACKING = MappingProxyType(
    {
        "core": "The minimum of a gateway: correct records, guarded access, no leaks.",
        "mapping": "Each application translates local codes, units and times itself, each in its own way.",
        "write": "Applications can only read. Vitals, orders and referrals are entered in the EHR by hand.",
        "batch": "Applications send records one by one; nothing keeps a set of changes together.",
        "idempotency": "After a lost answer an application cannot tell whether its write took effect: "
        "repeating may document or order twice, not repeating may lose it.",
        "revocation": "A stolen token or a dismissed vendor keeps access until the token runs out.",
        "mtls": "Whoever holds a copied token can use it from any machine.",
        "throttling": "One application that runs wild takes the EHR's capacity away from bedside work.",
        "resilience": "A slow or failing EHR reaches every application, and their repeats make it worse.",
        "queue": "Work handed in while the EHR is down is lost or has to be entered again.",
        "cache": "While the EHR is down there is no data at all, not even data marked as old.",
        "consent": "Whether a patient agreed to a disclosure is not enforced here; each application has to.",
        "audit": "Who saw which record through this interface cannot be answered from here.",
        "observability": "Operators learn about trouble from the wards, not from a dashboard.",
        "rollout": "Each update interrupts clinical work; there is no way to switch one part off or go back.",
        "load": "Nobody knows how it behaves at the 7:30 charting peak.",
        "environment": "Certificates, clocks and routes are not checked before go-live.",
    }
)

VANTAGES = MappingProxyType(
    {
        "C": "the consumer's side",
        "U": "the EHR's journal",
        "N": "the network",
        "L": "logs",
        "A": "the audit trail",
        "M": "metrics",
        "T": "the synthetic patients' true records",
    }
)

PROFILES = MappingProxyType(
    {
        "read-only": "Applications may read the chart through it",
        "read-write": "Applications may also write into the chart",
        "resilient": "It keeps its promises while the EHR or the network fails",
        "accountable": "It can be proven who saw what, and consent is kept",
        "sustained": "It holds its service level under a hospital's load",
    }
)


def family_name(code: str) -> str:
    """Return the plain name of a requirement family such as "AUT", or the code itself when it is unknown."""
    return FAMILIES.get(code, code)


def lacking(feature: str) -> str:
    """Return what a missing `feature` means to a hospital."""
    return LACKING.get(feature, "This feature is particular to the target; see the requirements listed here.")


def vantage(code: str) -> str:
    """Return the plain name of a vantage point such as "U", or `code` itself when it already is a word."""
    return VANTAGES.get(code, code)


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return "1 check" or "3 checks"; `plural` where adding an s is wrong."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
