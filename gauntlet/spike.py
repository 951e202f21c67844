"""Load profiles inside a check: plan, run in Locust's own process, judge; one run serves every check."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from gauntlet import places
from gauntlet.errors import HarnessError, Inconclusive
from gauntlet.load.judge import judge
from gauntlet.load.plan import Plan, Token, patients_of
from gauntlet.load.process import run_profile
from gauntlet.load.profile import Profile, scaled, with_slo
from gauntlet.load.profile_file import find_profile, read_profile
from gauntlet.load.progress import Progress
from gauntlet.result import LoadResult
from gauntlet.running import CHARTS_UNDER_LOAD, RunningCheck
from gauntlet.session import Session

TOKEN_LIFETIME_S = 900.0


class LoadRunner:
    """Runs profiles against the lab's gateway."""

    def __init__(self, session: Session, running: RunningCheck) -> None:
        self._session = session
        self._running = running

    def run(self, claimed: str) -> LoadResult:
        """Run the profile the command line names, else the `claimed` one, once for the whole session.

        Raises Inconclusive when the load generator was killed from outside.
        """
        name = self._session.plan.profile or claimed
        if name in self._session.load_lost:
            raise Inconclusive(self._session.load_lost[name])
        known = self._session.load_results
        if name not in known:
            known[name] = self._run(name)
            self._running.load.append(known[name])
        result = known[name]
        self._running.measured["requests"] = float(result.sent)
        return result

    def _run(self, name: str) -> LoadResult:
        session = self._session
        profile = self._profile(name)
        mark = session.lab.ehr.mark()
        work_dir = Path(session.plan.run_dir) / "load" / name
        try:
            raw = run_profile(profile, self._plan(profile), work_dir=work_dir, progress=self._tell)
        except HarnessError as error:
            if "signal" in error.message:
                session.load_lost[name] = error.message  # no second try: it would hide what happened
                raise Inconclusive(error.message) from error
            raise
        calls = session.lab.ehr.count(since=mark)
        return judge(raw, profile, ehr_calls=calls)

    def _profile(self, name: str) -> Profile:
        profile = read_profile(find_profile(name, places.bundled("scenarios") / "load"))
        slo: Mapping[str, float | None] = self._session.target.file.slo.model_dump()
        profile = with_slo(profile, slo, why=f"[slo] of {self._session.target.path.name}")
        return scaled(profile, rate=self._session.plan.scale) if self._session.plan.scale != 1.0 else profile

    def _plan(self, profile: Profile) -> Plan:
        session = self._session
        population = session.population
        charts = [
            population.chart(index) for index in range(max(0, population.size - CHARTS_UNDER_LOAD), population.size)
        ]
        client_id = session.target.file.consumer.clients.interactive
        token = session.lab.tokens.token(client_id, lifetime_s=TOKEN_LIFETIME_S)
        expires = time.time() + TOKEN_LIFETIME_S
        return Plan(
            base_url=session.lab.base_url,
            tokens={role: Token(value=token, expires_at=expires) for role in profile.roles},
            patients=patients_of(charts),
            seed=session.plan.seed,
            allow_remote=session.plan.allow_remote_load,
        )

    def _tell(self, progress: Progress) -> None:
        self._session.events.write("load-progress", text=progress.line())
