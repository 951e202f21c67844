"""One run inside the pytest process: plan, target, catalogue, lab, and the events it writes for the command line."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from gauntlet import places
from gauntlet.check import Check
from gauntlet.deliveries import DELIVERIES, Deliveries
from gauntlet.doctor import before_run
from gauntlet.errors import CheckFailed, GauntletError, NoAnswer, ProcessLost
from gauntlet.events import Events
from gauntlet.fuzzing.process import Fuzzed
from gauntlet.judgement import Judgement, judge
from gauntlet.known_patients import KnownPatients, known_patients
from gauntlet.lab import Lab, open_lab
from gauntlet.labs import Share, lab_folder
from gauntlet.ledger import curl
from gauntlet.load_result import LoadResult
from gauntlet.network.errors import NetworkUnreachableError
from gauntlet.open_population import OpenPopulation
from gauntlet.own_checks import catalogue_for
from gauntlet.plan import Plan
from gauntlet.process import Ending
from gauntlet.requirement import Catalogue
from gauntlet.result import CheckResult, Exchange
from gauntlet.run_logs import RunLogs, log_of, note_log
from gauntlet.running import RunningCheck
from gauntlet.steps import begin
from gauntlet.target import Target, read_target
from gauntlet.verdict import Verdict
from synthetic.population import Population

SILENT_CHECKS = 3  # in a row without one answer: the gateway is given up, or each check would wait for its deadline
_EVIDENCE_OF_A_PASS = 12  # exchanges kept, without bodies
_ENDING_SHOWS_WITHIN_S = 0.5  # a dying process closes its connections a moment before its end can be seen

_BROKEN_OFF = (NoAnswer, ProcessLost, NetworkUnreachableError)


@dataclass
class Session:
    """Everything the plugin's hooks and fixtures share."""

    plan: Plan
    target: Target
    catalogue: Catalogue
    suites: Path
    events: Events
    recorded: Population  # as the EHR holds it
    started: float
    number: int = 0  # of this lab, among those side by side
    checks: dict[str, Check] = field(default_factory=dict)  # by pytest node id
    running: RunningCheck | None = None
    ended: list[Ending] = field(default_factory=list)  # processes already known to be gone
    load_runs: dict[str, Any] = field(default_factory=dict)  # by profile; values of gauntlet.spike.LoadRun
    load_lost: dict[str, str] = field(default_factory=dict)  # why a profile's run was broken off
    deliveries: Deliveries = field(default_factory=Deliveries)  # what consumers were given by any check so far
    fuzzed: Fuzzed | str | None = None  # what Schemathesis found, or why it could not look
    population: Population = field(init=False)  # `recorded`, where consent is enforced without what is withheld
    known: KnownPatients | None = None  # where the gateway makes ids of its own
    silent: int = 0  # checks in a row in which the gateway answered nothing
    _lab: Lab | None = None

    def __post_init__(self) -> None:
        self.population = self.recorded

    @property
    def lab(self) -> Lab:
        """The lab of this run."""
        if self._lab is None:
            raise GauntletError("the lab is not up")
        return self._lab

    @property
    def is_open(self) -> bool:
        """Whether the lab is up."""
        return self._lab is not None

    def open(self) -> None:
        """Start the lab. Raises SetupError or TargetError."""
        self._lab = open_lab(
            self.target,
            self.folder(),
            self.plan.seed,
            os.environ,
            defect=self.plan.defect,
            progress=lambda text: None if self.number else self.events.write("progress", text=text),
        )
        if self.target.file.claims.consent:
            self.population = OpenPopulation(self.recorded.seed, self.recorded.size, self._lab.ehr)
        self.known = known_patients(self._lab, self.recorded)
        self._look_first()
        note_log(self.folder(), self._log())
        self.events.write("lab", notes=self._lab.notes, base_url=self._lab.base_url, number=self.number)

    def _look_first(self) -> None:
        """Let the doctor look at the first lab before any check. Raises SetupError when nothing could be judged."""
        try:
            self.lab.notes = [*self.lab.notes, *([] if self.number else before_run(self.lab))]
        except BaseException:
            self.close()
            raise

    @property
    def share(self) -> Share:
        """What of the run falls to this lab."""
        return Share(self.number, self.plan.labs, Path(self.plan.run_dir), self._given_up)

    def _given_up(self) -> str:
        """Return why this lab's gateway judges no more checks; one that has just ended is judged by the next check."""
        return "" if self.lab.ended() and not self.ended else self.obstacle()

    def hand_over(self) -> None:
        """Leave what consumers were given and what was logged here to the first lab, whose last checks judge all."""
        if self.number:
            self.deliveries.save(self.folder() / DELIVERIES)
            note_log(self.folder(), self._log(), self.lab.ehr)

    def gather(self) -> None:
        """Take what consumers were given in the other labs."""
        for number in range(1, self.plan.labs):
            self.deliveries.load(self.folder(number) / DELIVERIES)

    def folder(self, number: int | None = None) -> Path:
        """Return where a lab keeps its files; this one unless another is named."""
        return lab_folder(Path(self.plan.run_dir), self.number if number is None else number)

    def run_logs(self) -> RunLogs:
        """Return the general logs of all labs, complete once the others have ended."""
        note_log(self.folder(), self._log(), self.lab.ehr)
        return RunLogs(self.target, self.lab.values, tuple(map(self.folder, range(self.plan.labs))))

    def _log(self) -> Path:
        return log_of(self.target, self.lab.values, self.folder())

    def close(self) -> None:
        """End the lab."""
        if self._lab is not None:
            self._lab.close()
            self._lab = None

    def begin(self, check: Check) -> RunningCheck:
        """Start the book-keeping of `check`."""
        self.events.write("started", check=check.id)
        self.lab.ehr.forget_faults()
        mark = self.lab.ehr.mark()
        population = self.recorded if check.requirement.feature == "consent" else self.population
        self.running = RunningCheck(check, population, time.time(), mark, deliveries=self.deliveries, steps=begin())
        if self.known:
            self.running.delivered = self.known.chart
        return self.running

    def finish(self, check: Check, error: BaseException | None) -> CheckResult:
        """Return the result of `check`, which ended with `error` or ran to its end."""
        running = self.running
        known, self.ended = self.ended, self._endings(error)
        if isinstance(error, CheckFailed | NetworkUnreachableError) and not self.ended:
            missing = self.lab.missing()
            error = ProcessLost(missing) if missing else error
        self._listen(running)
        judgement = judge(
            error,
            level=check.requirement.level,
            ended=[] if known else self.ended,  # an ending is judged once, by the first check that meets it
            judged_something=running is not None and running.judged_something(),
            suites=self.suites,
            own=self.target.own_checks,
        )
        return self.result(check, judgement)

    def spoil(self, check: Check, error: BaseException) -> None:
        """Write that the clean-up after `check` ended with `error`: its verdict no longer stands."""
        judgement = judge(
            error,
            level=check.requirement.level,
            ended=[],
            judged_something=True,
            suites=self.suites,
            own=self.target.own_checks,
        )
        self.events.write(
            "spoiled",
            check=check.id,
            verdict=judgement.verdict,
            reason=f"after the check: {judgement.reason}",
            detail=judgement.detail,
        )

    def _endings(self, error: BaseException | None) -> list[Ending]:
        """Return the lab's processes that are gone, waiting a moment when a connection broke."""
        deadline = time.monotonic() + (_ENDING_SHOWS_WITHIN_S if isinstance(error, _BROKEN_OFF) else 0)
        while not (ended := self.lab.ended()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return ended

    def _listen(self, running: RunningCheck | None) -> None:
        exchanges = running.ledger.consumer if running else []
        if exchanges:
            self.silent = self.silent + 1 if all(item.status is None for item in exchanges) else 0

    def obstacle(self) -> str:
        """Return why no further check can be judged, or an empty string."""
        gone = self.ended or self.lab.ended()
        if gone:
            return f"{gone[0].sentence()} before it"
        if self.silent >= SILENT_CHECKS:
            return f"the gateway gave no answer at all in {self.silent} checks in a row"
        return self.lab.missing()

    def result(self, check: Check, judgement: Judgement) -> CheckResult:
        """Return `judgement` with everything a reader needs to dispute or repeat it."""
        running = self.running if self.running is not None and self.running.check is check else None
        now = time.time()
        steps = running.steps.told() if running else []  # before evidence is gathered, which asks the EHR
        exchanges, faults = self._evidence(running)
        judged = [exchange for exchange in exchanges if exchange.side == "consumer"]
        if judgement.verdict is Verdict.PASS:
            exchanges = [_without_bodies(exchange) for exchange in exchanges[:_EVIDENCE_OF_A_PASS]]
        return CheckResult(
            check=check.id,
            requirement=check.requirement.id,
            level=check.requirement.level,
            feature=check.requirement.feature,
            title=check.title,
            description=check.description,
            verdict=judgement.verdict,
            reason=judgement.reason,
            expected=judgement.expected,
            actual=judgement.actual,
            hint=judgement.hint,
            started_s=round((running.started if running else now) - self.started, 3),
            duration_s=round(now - running.started, 3) if running else 0.0,
            exchanges=exchanges,
            faults=faults,
            curl=curl(judged[-1]) if judged else "",
            tripped_by=list(check.tripped_by),
            detail=judgement.detail,
            measured=self._figures(running),
            steps=steps,
        )

    def _figures(self, running: RunningCheck | None) -> dict[str, float]:
        if running is None:
            return {}
        figures, unshown = running.figures()
        for name in unshown:
            self.note(f"{running.check.id} measured no finite number as {name!r}: the figure is left out")
        return figures

    def _evidence(self, running: RunningCheck | None) -> tuple[list[Exchange], list[Any]]:
        if running is None:
            return [], []
        try:
            return running.evidence(self.lab.ehr), running.fault_windows(self.lab.ehr)
        except GauntletError:  # the EHR is gone: keep the consumer's side
            return list(running.ledger.consumer), []

    def note(self, text: str) -> None:
        """Put a sentence into the report that bears on no verdict."""
        self.events.write("note", text=text)

    def write_result(self, result: CheckResult) -> None:
        """Write a finished check, and the load profiles it ran, as events."""
        self.events.write("finished", result=asdict(result))
        if self.running is not None:
            for load in self.running.load:
                self.write_load(load)

    def write_load(self, load: LoadResult) -> None:
        """Write what a load profile's run found as an event."""
        self.events.write("load", result=asdict(load))


def _without_bodies(exchange: Exchange) -> Exchange:
    return replace(exchange, request_headers={}, request_body="", response_headers={}, response_body="")


def new_session(plan: Plan, number: int = 0) -> Session:
    """Read what `plan` names, for lab `number`. Raises TargetError, HarnessError."""
    suites = places.bundled("suites")
    target = read_target(Path(plan.target), os.environ)
    return Session(
        plan=plan,
        target=target,
        catalogue=catalogue_for(target),
        suites=suites,
        events=Events(plan.events),
        recorded=Population(plan.seed, target.file.ehr[0].patients),
        started=plan.started or time.time(),
        number=number,
    )
