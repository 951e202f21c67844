"""Faults in the middle of a load run: each is armed when its time comes and the one before is overcome.

Driven by the generator's progress, twice a second. What it decides on the way (when to go on, when enough was seen)
only saves time; the verdict is made afterwards from the seconds of the run.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gauntlet.ehr import ArmedFault
from gauntlet.lab import EHR_PROXY, Lab
from gauntlet.load import profile_tables
from gauntlet.load.measured import RawLoad
from gauntlet.load.profile import Profile
from gauntlet.load.profile_tables import Fault
from gauntlet.load.progress import Progress
from gauntlet.load.recovery import recovered_s
from gauntlet.load_result import LoadFault
from gauntlet.network.fault import NetworkFault
from gauntlet.running import RunningCheck
from gauntlet.scenario import fault as scenario

_TOKEN_SHOWS_WITHIN_S = 10.0


class Levers(Protocol):
    """What breaks things."""

    def arm(self, what: str) -> Callable[[], tuple[bool, str]]:
        """Begin a fault; the returned function ends it and says whether it took effect, and the evidence."""


@dataclass
class Episode:
    """One fault as it happened; epoch seconds."""

    fault: Fault
    started: float
    ended: float = 0.0
    proven: bool = False
    evidence: str = ""


class Drill:
    """Takes the faults of a profile in turn."""

    def __init__(
        self, profile: Profile, levers: Levers, enough: Callable[[], None], now: Callable[[], float] = time.time
    ) -> None:
        self.episodes: list[Episode] = []
        self._profile = profile
        self._faults: Sequence[Fault] = profile.fault
        self._levers, self._enough, self._now = levers, enough, now
        self._end: Callable[[], tuple[bool, str]] | None = None
        self._good_since: float | None = None

    def heard(self, progress: Progress) -> None:
        """Do what is due."""
        if self._end is not None:
            if self._now() - self.episodes[-1].started >= self.episodes[-1].fault.for_s:
                self.close()
        elif self._overcome(progress):
            self._next(progress)

    def close(self) -> None:
        """End the fault in force, if any."""
        end, self._end = self._end, None
        if end is not None:
            episode = self.episodes[-1]
            episode.proven, episode.evidence = end()
            episode.ended = self._now()
            self._good_since = None

    def _next(self, progress: Progress) -> None:
        number = len(self.episodes)
        if number == len(self._faults):
            self._enough()
        elif progress.elapsed_s >= self._faults[number].at_s:
            started = self._now()
            self._end = self._levers.arm(self._faults[number].what)
            self.episodes.append(Episode(self._faults[number], started))
            if self._faults[number].for_s == 0:
                self.close()

    def _overcome(self, progress: Progress) -> bool:
        """Return whether the last fault is overcome; when it is not in time, the rest would prove nothing."""
        recovery = self._profile.recovery
        if not self.episodes or recovery is None:
            return True
        slo, now = self._profile.slo, self._now()
        if progress.errors_lately or progress.p95_lately_ms > slo.p95_ms.limit or progress.wanted_per_s == 0:
            self._good_since = None
        elif self._good_since is None:
            self._good_since = now
        if self._good_since is not None and now - self._good_since >= recovery.good_s + 1:  # whole seconds of the run
            return True
        if now - self.episodes[-1].ended > recovery.within_s + recovery.good_s + 1:
            self._enough()
        return False

    def faults(self, raw: RawLoad) -> list[LoadFault]:
        """Return what happened, in seconds of the run, and how soon each fault was overcome."""
        recovery = self._profile.recovery
        assert recovery is not None  # noqa: S101 - a profile with faults has one
        return [
            LoadFault(
                what=episode.fault.what,
                from_s=round(episode.started - raw.run.started, 3),
                until_s=round(episode.ended - raw.run.started, 3),
                recovered_s=recovered_s(
                    raw.timeline, self._profile.slo, episode.ended - raw.run.started, recovery.good_s
                ),
                proven=episode.proven,
                evidence=episode.evidence,
            )
            for episode in self.episodes
        ]


class LabLevers:
    """Breaks things in the lab: the network, the EHR's tokens, or the EHR by a scenario."""

    def __init__(self, lab: Lab, running: RunningCheck) -> None:
        self._lab, self._running = lab, running

    def arm(self, what: str) -> Callable[[], tuple[bool, str]]:
        """Begin a fault; the returned function ends it and says whether it took effect, and the evidence."""
        match what:
            case profile_tables.OUTAGE:
                return self._outage()
            case profile_tables.TOKEN_EXPIRY:
                return self._token_expiry()
        return self._scenario(what)

    def _outage(self) -> Callable[[], tuple[bool, str]]:
        stack = contextlib.ExitStack()
        fault: NetworkFault = stack.enter_context(self._lab.network.down(EHR_PROXY))
        self._running.network_faults.append(fault)

        def end() -> tuple[bool, str]:
            fault.proven()
            stack.close()
            return fault.proven(), fault.evidence

        return end

    def _token_expiry(self) -> Callable[[], tuple[bool, str]]:
        ehr = self._lab.ehr
        mark = ehr.mark()
        ehr.expire_tokens()

        def end() -> tuple[bool, str]:
            deadline = time.monotonic() + _TOKEN_SHOWS_WITHIN_S
            while time.monotonic() < deadline:
                entries = ehr.calls(since=mark, kind=None)
                refused = sum(entry["status"] == 401 for entry in entries)
                renewed = sum(entry["kind"] == "token" for entry in entries)
                if refused or renewed:
                    return True, f"{refused} calls with the old token were refused, {renewed} tokens were asked for"
                time.sleep(0.05)
            return False, "no call with the old token was refused, and no new one was asked for"

        return end

    def _scenario(self, name: str) -> Callable[[], tuple[bool, str]]:
        stack = contextlib.ExitStack()
        armed: ArmedFault = stack.enter_context(self._lab.ehr.fault(scenario(name)))

        def end() -> tuple[bool, str]:
            stack.close()
            return armed.applied > 0, f"it took effect {armed.applied} times at the EHR"

        return end
