"""Answers that say something else than yesterday: shape, units and codes that drifted."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from mock_ehr.behaviours.checks import FaultError, check_number, check_text, check_texts, check_whole
from mock_ehr.behaviours.resources import Json, objects, places, rewritten
from mock_ehr.behaviours.stage import Stage
from mock_ehr.message import Answer


@dataclass(frozen=True, slots=True)
class Drift:
    """Change the shape of each resource: `rename` {"a.b": "c"}, `remove` ["a.b"], `set` {"a.b": value}.

    A path may begin with a resource type ("Observation.valueQuantity.value") and then concerns that type
    alone. Token answers can drift as well.
    """

    kind: ClassVar[str] = "drift"
    stage: ClassVar[Stage] = Stage.CONTENT
    rename: Mapping[str, str] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    set: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_texts("rename", self.rename)
        if not isinstance(self.remove, list | tuple) or not all(isinstance(path, str) for path in self.remove):
            raise FaultError(f"remove is {self.remove!r}; it is a list of dotted paths", "remove")
        if not isinstance(self.set, Mapping):
            raise FaultError(f"set is {self.set!r}; it maps dotted paths to values", "set")
        if not (self.rename or self.remove or self.set):
            raise FaultError("drift changes nothing; give at least one of rename, remove, set")

    def rewrite(self, answer: Answer, draw: random.Random) -> Answer:
        """Return the answer with each resource in it changed in shape."""
        del draw
        return rewritten(answer, self._change)

    def _change(self, resource: Json) -> bool:
        changed = False
        for path, name in self.rename.items():
            for holder, key in places(resource, path):
                if key in holder:
                    holder[name] = holder.pop(key)
                    changed = True
        for path in self.remove:
            for holder, key in places(resource, path):
                changed = holder.pop(key, None) is not None or changed
        for path, value in self.set.items():
            for holder, key in places(resource, path):
                holder[key] = value
                changed = True
        return changed


@dataclass(frozen=True, slots=True)
class UnitDrift:
    """Change the unit of each Quantity whose UCUM code is `from`: to the code `to`, shown as `unit`.

    With a `factor` the value is converted (same meaning, other unit: a gateway must convert or refuse); without
    one only the label changes, so the value is now wrong (a gateway should notice what is out of range).
    """

    kind: ClassVar[str] = "unit-drift"
    stage: ClassVar[Stage] = Stage.CONTENT
    from_: str
    to: str
    unit: str = ""
    factor: float | None = None
    decimals: int = 1

    def __post_init__(self) -> None:
        check_text("from", self.from_)
        check_text("to", self.to)
        check_text("unit", self.unit)
        check_whole("decimals", self.decimals, 0, 12)
        if self.factor is not None:
            check_number("factor", self.factor, 1e-12, 1e12)

    def rewrite(self, answer: Answer, draw: random.Random) -> Answer:
        """Return the answer with the other unit."""
        del draw
        return rewritten(answer, self._change)

    def _change(self, resource: Json) -> bool:
        found = [item for item in objects(resource) if "value" in item and item.get("code") == self.from_]
        for quantity in found:
            quantity["code"] = self.to
            quantity["unit"] = self.unit or self.to
            if self.factor is not None:
                quantity["value"] = self._converted(quantity["value"])
        return bool(found)

    def _converted(self, value: Any) -> Any:
        try:
            exact = Decimal(str(value)) * Decimal(str(self.factor))
        except InvalidOperation:
            return value
        return exact.quantize(Decimal(1).scaleb(-self.decimals))


@dataclass(frozen=True, slots=True)
class CodeDrift:
    """Change the codes of each Coding in `system`, of every system when empty.

    `map` gives new codes for old ones; `to_system` another system; with neither, the codes lose their system.
    """

    kind: ClassVar[str] = "code-drift"
    stage: ClassVar[Stage] = Stage.CONTENT
    system: str = ""
    map: Mapping[str, str] = field(default_factory=dict)
    to_system: str = ""

    def __post_init__(self) -> None:
        check_text("system", self.system)
        check_texts("map", self.map)
        check_text("to_system", self.to_system)

    def rewrite(self, answer: Answer, draw: random.Random) -> Answer:
        """Return the answer with the other codes."""
        del draw
        return rewritten(answer, self._change)

    def _change(self, resource: Json) -> bool:
        changed = False
        for holder in objects(resource):
            codings = holder.get("coding")
            for coding in codings if isinstance(codings, list) else ():
                if isinstance(coding, dict) and self.system in ("", coding.get("system")):
                    changed = self._recode(coding) or changed
        return changed

    def _recode(self, coding: Json) -> bool:
        before = dict(coding)
        if coding.get("code") in self.map:
            coding["code"] = self.map[coding["code"]]
        if self.to_system:
            coding["system"] = self.to_system
        elif not self.map:
            coding.pop("system", None)
        return coding != before
