"""What an observation found, out of Unity's text: number, comparator, unit, range, ratio, words, or why nothing.

Numbers stay as they are written, digit by digit, in the unit that they are written in: nothing is converted, so that
nothing is rounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from reference_gateway.json_text import Json
from reference_gateway.unity_units import UCUM, UNITS

_NUMBER = r"-?\d{1,18}(?:\.\d{1,18})?"
_QUANTITY = re.compile(rf"(?P<comparator><=|>=|<|>)? ?(?P<value>{_NUMBER})(?: (?P<unit>\S.*))?", re.ASCII)
_RANGE = re.compile(rf"(?P<low>{_NUMBER})-(?P<high>{_NUMBER})(?: (?P<unit>\S+))?", re.ASCII)
_RATIO = re.compile(rf"(?P<numerator>{_NUMBER}):(?P<denominator>{_NUMBER})", re.ASCII)
_LIMIT = re.compile(rf"(?P<side>[<>])=? ?(?P<value>{_NUMBER})", re.ASCII)
_PACKED = re.compile(r"(?P<value>.*?)(?: \((?P<flag>[A-Z]{1,2})\))?(?: \[(?P<limits>[^\]]*)\])?", re.DOTALL)
_ABSENT_SYSTEM = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_FLAG_SYSTEM = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_FLAGS: Mapping[str, str] = {
    "H": "High",
    "L": "Low",
    "HH": "Critical high",
    "LL": "Critical low",
    "A": "Abnormal",
    "AA": "Critical abnormal",
    "N": "Normal",
}
_ABSENT: Mapping[str, str] = {
    "unknown": "unknown",
    "asked but unknown": "asked-unknown",
    "temporarily unknown": "temp-unknown",
    "not asked": "not-asked",
    "asked but declined": "asked-declined",
    "masked": "masked",
    "not applicable": "not-applicable",
    "unsupported": "unsupported",
    "not performed": "not-performed",
    "not permitted": "not-permitted",
    "error": "error",
}


class UnityValues:
    """Reads values."""

    def packed(self, text: str, name: str) -> Json:
        """Return value, flag and reference range of a result, which are all in one text behind its name."""
        match = _PACKED.fullmatch(text.removeprefix(f"{name}:").strip(" "))
        parts = match.groupdict() if match else {"value": text, "flag": None, "limits": None}
        if parts["flag"] is not None and parts["flag"] not in _FLAGS:
            parts = {**parts, "value": f"{parts['value']} ({parts['flag']})", "flag": None}
        found = self.value(parts["value"] or "")
        if parts["flag"]:
            found["interpretation"] = [_concept(_FLAG_SYSTEM, parts["flag"], _FLAGS[parts["flag"]])]
        if parts["limits"]:
            found["referenceRange"] = [self.limits(parts["limits"], found.get("valueQuantity", {}))]
        return found

    def value(self, text: str) -> Json:
        """Return value[x] or dataAbsentReason of an Observation or a component, for a text that stands alone."""
        text = text.strip(" ")
        if not text or text.lower() in _ABSENT:
            return {"dataAbsentReason": self.absent(text)}
        if match := _RANGE.fullmatch(text):
            unit = match["unit"] or ""
            return {"valueRange": {side: self.quantity(match[side], unit) for side in ("low", "high")}}
        if match := _RATIO.fullmatch(text):
            parts = ("numerator", "denominator")
            return {"valueRatio": {part: self.quantity(match[part], "") for part in parts}}
        match = _QUANTITY.fullmatch(text)
        if match and self.is_unit(match["unit"] or ""):
            return {"valueQuantity": self.quantity(match["value"], match["unit"] or "", match["comparator"] or "")}
        return {"valueString": text}

    def is_unit(self, text: str) -> bool:
        """Tell a unit, known or not, from words behind a number."""
        return text in UNITS or " " not in text

    def absent(self, text: str) -> Json:
        """Return why there is no value; a blank does not say why."""
        return _concept(_ABSENT_SYSTEM, _ABSENT.get(text.lower(), "unknown"), text or "Unknown")

    def quantity(self, number: str, unit: str, comparator: str = "") -> Json:
        """Return a quantity with every digit that was written; its unit has a UCUM code when the table has one."""
        quantity: Json = {"value": Decimal(number)}
        if comparator:
            quantity["comparator"] = comparator
        if unit:
            quantity["unit"] = unit
        if unit in UNITS:
            quantity |= {"system": UCUM, "code": UNITS[unit]}
        return quantity

    def limits(self, text: str, measured: Json) -> Json:
        """Return a reference range in the unit of what was measured; words when it has no limits."""
        unit = str(measured.get("unit", ""))
        if match := _RANGE.fullmatch(text):
            return {side: self.quantity(match[side], unit) for side in ("low", "high")}
        if match := _LIMIT.fullmatch(text):
            return {"low" if match["side"] == ">" else "high": self.quantity(match["value"], unit)}
        return {"text": text}


def _concept(system: str, code: str, display: str) -> Json:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}
