"""The words of the fault vocabulary, and how a definition becomes a behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_ehr.behaviours.answering import Html, Status, Storm
from mock_ehr.behaviours.believing import Certificate, ClockOffset, Stale, TokenExpiry, WrongPatient
from mock_ehr.behaviours.bundling import Duplicate, Missing
from mock_ehr.behaviours.checks import FaultError, build, check_choice
from mock_ehr.behaviours.cutting import Drop, Stall, Truncate
from mock_ehr.behaviours.drifting import CodeDrift, Drift, UnitDrift
from mock_ehr.behaviours.encoding import Charset, Corrupt, Empty, Gzip
from mock_ehr.behaviours.framing import Chunking, WrongLength
from mock_ehr.behaviours.heading import Header
from mock_ehr.behaviours.pacing import Delay, Drip, Interim
from mock_ehr.behaviours.stage import Behaviour

WORDS: tuple[type[Any], ...] = (
    Status, Storm, Html,
    TokenExpiry, ClockOffset, WrongPatient, Stale, Certificate,
    Drift, UnitDrift, CodeDrift, Duplicate, Missing,
    Corrupt, Empty, Charset, Gzip,
    Header, WrongLength, Chunking,
    Truncate, Drop, Stall,
    Delay, Drip, Interim,
)  # fmt: skip
VOCABULARY: Mapping[str, type[Any]] = {word.kind: word for word in WORDS}


def parse_behaviour(raw: object) -> Behaviour:
    """Return the behaviour that the JSON object `raw` describes. Raises FaultError."""
    if not isinstance(raw, Mapping) or "kind" not in raw:
        raise FaultError(
            f"behaviour is {raw!r}; it is an object with a kind, one of {', '.join(VOCABULARY)}", "behaviour"
        )
    try:
        check_choice("behaviour kind", raw["kind"], tuple(VOCABULARY))
    except FaultError as error:
        raise FaultError(error.message, "behaviour.kind") from None
    word = VOCABULARY[raw["kind"]]
    settings = {name: value for name, value in raw.items() if name != "kind"}
    try:
        made: Behaviour = build(word, settings, f"behaviour {word.kind}")
    except FaultError as error:
        raise error.inside("behaviour") from None
    return made
