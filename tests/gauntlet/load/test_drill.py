from __future__ import annotations

from collections.abc import Callable

from gauntlet.drill import Drill
from gauntlet.load.progress import Progress

WHY = "a reason for the numbers"
FAULTS = [
    {"what": "token-expiry", "at_s": 1.0, "for_s": 0.0, "why": WHY},
    {"what": "outage", "at_s": 2.0, "for_s": 2.0, "why": WHY},
]


class Levers:
    def __init__(self) -> None:
        self.log: list[str] = []

    def arm(self, what: str) -> Callable[[], tuple[bool, str]]:
        self.log.append(f"+{what}")

        def end() -> tuple[bool, str]:
            self.log.append(f"-{what}")
            return True, "seen"

        return end


def progress(at: float, errors: int = 0) -> Progress:
    return Progress(at, 60.0, 10, 10, 0, 0, 0, 50.0, 50.0, 1.0, 1.0, 1.0, 0.1, errors_lately=errors)


def drilled(profile, failing: Callable[[float], bool], until: float) -> tuple[list[str], Drill]:
    levers, now = Levers(), [0.0]
    shape = profile(fault=FAULTS, recovery={"within_s": 5.0, "good_s": 1, "why": WHY})
    drill = Drill(shape, levers, lambda: levers.log.append("enough"), lambda: now[0])
    while now[0] < until and "enough" not in levers.log:
        now[0] += 0.5
        drill.heard(progress(now[0], errors=int(failing(now[0]))))
    drill.close()
    return levers.log, drill


def test_faults_follow_each_other_when_overcome(profile) -> None:
    log, drill = drilled(profile, lambda _: False, 30)
    assert log == ["+token-expiry", "-token-expiry", "+outage", "-outage", "enough"]
    first, second = drill.episodes
    assert first.ended + 2 <= second.started
    assert second.ended - second.started == 2.0
    assert second.proven


def test_a_fault_that_is_not_overcome_is_the_last(profile) -> None:
    log, _ = drilled(profile, lambda at: at > 1, 30)
    assert log == ["+token-expiry", "-token-expiry", "enough"]


def test_a_fault_in_force_ends_with_the_run(profile) -> None:
    log, _ = drilled(profile, lambda _: False, 5)
    assert log[-2:] == ["+outage", "-outage"]
