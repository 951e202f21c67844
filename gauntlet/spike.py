"""Load profiles inside a check: plan, run in Locust's own processes, judge; one run serves every check."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from gauntlet import places
from gauntlet.batch_sync import BatchSync
from gauntlet.beside import Beside
from gauntlet.capacity import is_too_much, searched
from gauntlet.errors import HarnessError, Inconclusive
from gauntlet.footprint import Watch
from gauntlet.load.judge import Circumstances, judge
from gauntlet.load.measured import RawLoad, from_json
from gauntlet.load.plan import Plan
from gauntlet.load.process import ENOUGH, RAW, run_profile
from gauntlet.load.profile import Profile
from gauntlet.load.profile_file import find_profile, read_profile
from gauntlet.load.progress import Progress
from gauntlet.load.scaling import compressed, scaled, staircase
from gauntlet.load.target_slo import with_slo
from gauntlet.load_result import LoadResult
from gauntlet.machine import Work, crowding, work
from gauntlet.probes import Probing
from gauntlet.running import RunningCheck
from gauntlet.session import Session
from gauntlet.spike_crew import Crew, crew_of, plan_for
from gauntlet.verdict import Verdict


@dataclass(frozen=True)
class LoadRun:
    """A run of a profile: as it was run, what was measured, its judgement, and what went on beside it."""

    profile: Profile
    raw: RawLoad
    result: LoadResult
    mark: int  # the EHR's journal when it began
    probing: Probing | None = None
    sync: BatchSync | None = None
    watch: Watch | None = None
    create_type: str = ""  # of the records that were written
    patients: tuple[str, ...] = ()  # ids, in the order of the plan
    held_before: Mapping[int, int] = field(default_factory=dict)  # patient of the plan -> records written before
    excuse: str = ""  # why slowness may not be the gateway's; empty: it is

    def require_calm(self) -> None:
        """Raise Inconclusive when slowness in this run may be the machine's."""
        if self.excuse:
            raise Inconclusive(self.excuse)


def may_be_excused(result: LoadResult) -> bool:
    """Return whether a crowded machine may be why a run missed what it missed: anything but a wrong patient."""
    missed = [item.name for item in result.objectives if item.missed]
    return result.verdict in (Verdict.FAIL, Verdict.WARN) and "wrong_patient" not in missed


class LoadRunner:
    """Runs profiles against the lab's gateway."""

    def __init__(self, session: Session, running: RunningCheck) -> None:
        self._session = session
        self._running = running

    def run(self, claimed: str) -> LoadRun:
        """Run the profile the command line names, else the `claimed` one, once for the whole session.

        Raises Inconclusive when the load generator was killed from outside.
        """
        name = self._session.plan.profile or claimed
        if name in self._session.load_lost:
            raise Inconclusive(self._session.load_lost[name])
        known = self._session.load_runs
        if name not in known:
            known[name] = self._run(self.profile(name), name)
        run: LoadRun = known[name]
        self._running.measured["requests"] = float(run.result.sent)
        return run

    def at_rate(self, profile: Profile, rate: float, seconds: float) -> LoadRun:
        """Run `profile` with one rate all along; raises as `run` does. For searches, whose runs nobody else uses."""
        name = f"{profile.name} at {rate:.0f} per s"
        flat = staircase(profile, [rate], seconds).model_copy(update={"name": name})
        return self._run(flat, name)

    def profile(self, name: str) -> Profile:
        """Return the profile as this session runs it: objectives and scale of the target, short or whole."""
        session = self._session
        profile = read_profile(find_profile(name, places.bundled("scenarios") / "load"))
        profile = with_slo(profile, session.target.file.slo.model_dump(), why=f"[slo] of {session.target.path.name}")
        if profile.search is not None:
            profile = staircase(profile, profile.search.steps, profile.search.step_s)
        profile = compressed(profile) if session.plan.short else profile
        claim = session.target.file.claims.load
        scale = session.plan.scale * (claim.scale if claim else 1.0)
        return scaled(profile, rate=scale) if scale != 1.0 else profile

    def _run(self, profile: Profile, name: str) -> LoadRun:
        session = self._session
        work_dir = Path(session.plan.run_dir) / "load" / name
        crew = crew_of(session, self._running, profile, (work_dir / ENOUGH).touch)
        if crew.probing is not None:
            crew.probing.rest()
        mark = session.lab.ehr.mark()
        plan = plan_for(session, profile)
        held = crew.held(plan.patients) if any(request.request == "create" for request in profile.mix) else {}
        raw, excuse = self._measure(profile, plan, work_dir, crew)
        calls = session.lab.ehr.count(since=mark)
        faults = crew.drill.faults(raw) if crew.drill else ()
        known = Circumstances(calls, faults, crew.create_type, short=session.plan.short)
        result = judge(raw, profile, known)
        if profile.search is not None:
            result = searched(result, raw, profile)
        if excuse and may_be_excused(result):
            result = replace(result, verdict=Verdict.INCONCLUSIVE, reason=f"{excuse} ({result.reason})")
        self._running.load.append(result)
        if crew.probing is not None:
            crew.probing.close()
        return LoadRun(
            profile=profile,
            raw=raw,
            result=result,
            mark=mark,
            probing=crew.probing,
            sync=crew.sync,
            watch=crew.watch,
            create_type=crew.create_type,
            patients=tuple(patient.id for patient in plan.patients),
            held_before=held,
            excuse=excuse,
        )

    def _measure(self, profile: Profile, plan: Plan, work_dir: Path, crew: Crew) -> tuple[RawLoad, str]:
        """Run the generators with everything that goes on beside them; a stopped run leaves a partial result.

        Returns also why slowness may not be the gateway's.
        """
        beside = Beside(crew.activities())
        groups = [item.pid for item in self._session.lab.processes]
        began: list[Work | None] = []
        listener = self._listener(profile, crew, beside)

        def heard(progress: Progress) -> None:
            if not began:
                began.append(work(groups))
            listener(progress)

        try:
            raw = run_profile(
                profile,
                plan,
                work_dir=work_dir,
                progress=heard,
                workers=self._session.plan.workers,
            )
        except KeyboardInterrupt:
            self._keep_partial(profile, work_dir / RAW)
            raise
        except HarnessError as error:
            if "signal" in error.message:
                self._session.load_lost[profile.name] = error.message  # no second try: it would hide what happened
                raise Inconclusive(error.message) from error
            raise
        finally:
            beside.end()
            crew.close()
        beside.raise_errors()
        found = crowding(began[0] if began else None, work(groups), raw.run.cpu_s)
        return raw, found.excuse if found else ""

    def _keep_partial(self, profile: Profile, raw: Path) -> None:
        try:
            result = judge(from_json(raw.read_bytes()), profile)
        except (OSError, ValueError, KeyError, TypeError):
            return  # it had not begun
        self._session.write_load(result)

    def _listener(self, profile: Profile, crew: Crew, beside: Beside) -> Callable[[Progress], None]:
        last = 0.0
        search = profile.search

        def heard(progress: Progress) -> None:
            nonlocal last
            if progress.elapsed_s > 0:
                beside.start()
                if crew.drill is not None:
                    crew.drill.heard(progress)
                if search is not None and is_too_much(progress, profile):
                    crew.enough()
            if time.monotonic() - last >= 0.4:
                last = time.monotonic()
                self._session.events.write("load-progress", profile=profile.name, **crew.seen(progress))

        return heard
