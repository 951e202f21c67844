"""From the faults that strike a request to what happens to it: sorted by stage, and what excludes what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mock_ehr.behaviours.stage import Stage
from mock_ehr.faults import Strike


@dataclass(slots=True)
class Effects:
    """What the faults of one request add up to, each stage in the order of arming.

    Where two contradict each other, the first one armed holds: `instead`, `frame` and `cut` are one each.
    """

    state: list[Strike] = field(default_factory=list)
    instead: Strike | None = None
    source: list[Strike] = field(default_factory=list)
    rewrites: list[Strike] = field(default_factory=list)  # contents, then bytes
    heads: list[Strike] = field(default_factory=list)
    frame: Strike | None = None
    cut: Strike | None = None
    paces: list[Strike] = field(default_factory=list)

    @property
    def processed(self) -> bool:
        """Return whether the EHR gets to process the request at all."""
        return self.instead is None and (self.cut is None or self.cut.behaviour.processed)


def compose(struck: Iterable[Strike]) -> Effects:
    """Return the effects of the faults that strike one request."""
    effects = Effects()
    several = {
        Stage.STATE: effects.state,
        Stage.SOURCE: effects.source,
        Stage.CONTENT: effects.rewrites,
        Stage.BYTES: effects.rewrites,
        Stage.HEAD: effects.heads,
        Stage.PACE: effects.paces,
    }
    for strike in sorted(struck, key=lambda strike: strike.behaviour.stage):
        stage = strike.behaviour.stage
        if stage in several:
            several[stage].append(strike)
        elif stage is Stage.INSTEAD:
            effects.instead = effects.instead or strike
        elif stage is Stage.FRAME:
            effects.frame = effects.frame or strike
        elif stage is Stage.CUT:
            effects.cut = effects.cut or strike
    return effects
