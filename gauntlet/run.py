"""One whole run from target file to verdict and reports: what `run`, `demo`, `load` and `teeth` share."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from gauntlet import places
from gauntlet.assembly import Circumstances, assemble
from gauntlet.errors import HarnessError, SetupError, UsageError
from gauntlet.labs import default_labs, single_lab_because
from gauntlet.load.profile_file import find_profile, read_profile
from gauntlet.own_checks import catalogue_for
from gauntlet.plan import Plan
from gauntlet.result import RunResult
from gauntlet.runner import Listener, run_checks
from gauntlet.seed import DEFAULT_SEED
from gauntlet.target import Target, read_target


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for. `only` holds prefixes of check or requirement ids; `seed` None takes the default."""

    target: Path
    out: Path
    only: tuple[str, ...] = ()
    seed: int | None = None
    chaos_seed: int | None = None  # None: as `seed`
    defect: str = ""
    profile: str = ""  # load profile in place of the claimed one
    whole: bool = False  # `only` is the whole job: leaving the rest out does not make the run partial
    command: str = ""
    scale: float = 1.0
    allow_remote_load: bool = False
    code: str = ""
    short: bool = True
    workers: int = 1
    labs: int | None = 1  # None: as many as the machine is good for


def suite_version() -> str:
    """Return the version of the suite."""
    return version("gauntlet-ehr")


def carry_out(
    request: Request, listener: Listener, now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
) -> tuple[RunResult, Path]:
    """Run the checks and return the result with the run's folder.

    Raises TargetError or UsageError for a request that cannot be carried out, SetupError when the lab does not come up,
    HarnessError when pytest could not even collect.
    """
    target = read_target(request.target, os.environ)
    _require_load_profile(request, target)
    catalogue = catalogue_for(target)
    started, clock = now(), time.monotonic()
    plan = _plan(request, target, new_run_dir(request.out, started), started)
    record, crash = run_checks(plan, listener)
    if record.broken_suite:
        raise UsageError(record.broken_suite[0], hint=record.broken_suite[1])
    if record.lab_failure:
        raise SetupError(record.lab_failure[0], hint=record.lab_failure[1])
    if not record.collected and not crash:
        _refuse_empty(request)
    run_dir = Path(plan.run_dir)
    facts = Circumstances(
        run_id=run_dir.name,
        started=started,
        duration_s=time.monotonic() - clock,
        suite_version=suite_version(),
        seed=plan.seed,
        command=request.command,
        crash=crash,
        whole=request.whole,
    )
    return assemble(record, target, catalogue, facts), run_dir


def _plan(request: Request, target: Target, run_dir: Path, started: dt.datetime) -> Plan:
    return Plan(
        target=str(target.path),
        run_dir=str(run_dir),
        seed=DEFAULT_SEED if request.seed is None else request.seed,
        only=request.only,
        defect=request.defect,
        chaos_seed=request.chaos_seed,
        profile=request.profile,
        scale=request.scale,
        allow_remote_load=request.allow_remote_load,
        code=request.code,
        short=request.short,
        workers=request.workers,
        labs=_labs(request, target),
        started=started.timestamp(),
    )


def _labs(request: Request, target: Target) -> int:
    """Return how many labs run side by side. Raises UsageError when more are asked for than are possible."""
    because = single_lab_because(target, os.environ)
    if because and (request.labs or 1) > 1:
        raise UsageError(
            f"{target.path}: {request.labs} labs side by side are not possible: {because}", hint="--labs 1"
        )
    return 1 if because else request.labs or default_labs()


def _require_load_profile(request: Request, target: Target) -> None:
    """Raise UsageError when the load profile that would run does not exist or cannot be read."""
    claim = target.file.claims.load
    name = request.profile or (claim.profile if claim else "")
    if name:
        read_profile(find_profile(name, places.bundled("scenarios") / "load"))


def _refuse_empty(request: Request) -> None:
    if request.only:
        raise UsageError(
            f"no check begins with {' or '.join(request.only)}",
            hint="`gauntlet catalog checks` lists check and requirement ids; any beginning of one selects",
        )
    raise HarnessError("no check was collected", hint="install gauntlet-ehr again")


def new_run_dir(out: Path, started: dt.datetime) -> Path:
    """Create and return a new folder for a run below `out`. Raises UsageError when that is not possible."""
    name = f"{started:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    try:
        run_dir = (out / name).resolve()
        run_dir.mkdir(parents=True)
    except OSError as error:
        raise UsageError(
            f"cannot create the run's folder {out / name}: {error.strerror}",
            hint="choose another place with --out",
        ) from None
    return run_dir
