"""What one run is asked to do: written by the command line, read by the pytest plugin in its own process."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import orjson


@dataclass(frozen=True, slots=True)
class Plan:
    """A run's plan. Paths are absolute; `only` holds prefixes of check or requirement ids (none: everything)."""

    target: str
    run_dir: str
    seed: int
    only: tuple[str, ...] = ()
    defect: str = ""
    chaos_seed: int | None = None  # of fault schedules and moments; None: the run's seed
    profile: str = ""  # load profile in place of the claimed one
    scale: float = 1.0  # of the load profile's rates
    allow_remote_load: bool = False
    code: str = ""  # of the user, called for each arrival of a load profile: FILE.py:FUNCTION
    short: bool = True  # load profiles in their short form, where they have one
    workers: int = 1  # processes that generate load
    labs: int = 1  # side by side
    started: float = 0.0  # epoch seconds

    @property
    def events(self) -> Path:
        """Where the plugin writes its events, one JSON object a line."""
        return Path(self.run_dir) / "events.ndjson"

    def save(self) -> Path:
        """Write the plan into the run's folder and return its path."""
        path = Path(self.run_dir) / "plan.json"
        path.write_bytes(orjson.dumps(asdict(self)))
        return path


def read_plan(path: Path) -> Plan:
    """Read what `Plan.save` wrote."""
    raw = orjson.loads(path.read_bytes())
    return Plan(**{**raw, "only": tuple(raw["only"])})
