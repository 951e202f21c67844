"""The table of defects, by name."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from reference_gateway.composition import Parts
from reference_gateway.defects.defect import Defect

_LISTS: tuple[tuple[Defect, ...], ...] = ()

DEFECTS: Mapping[str, Defect] = {defect.name: defect for defects in _LISTS for defect in defects}


def parts_with(name: str) -> Parts:
    """Return the parts of a gateway with one defect. Raises KeyError, whose text names the closest match."""
    if name not in DEFECTS:
        close = get_close_matches(name, DEFECTS, n=1)
        hint = f"did you mean {close[0]}?" if close else "`defects` lists them"
        raise KeyError(f"there is no defect {name!r}; hint: {hint}")
    return DEFECTS[name].apply(Parts())
