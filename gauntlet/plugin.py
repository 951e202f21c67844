"""The pytest plugin: collects checks, runs them inside one lab, and turns their endings into verdicts.

Loaded with `-p gauntlet.plugin` by the command line only, never through an entry point: it must not appear in anybody
else's pytest runs. Fixtures for check authors are in `gauntlet.fixtures` and
`gauntlet.chart_fixtures`.
"""

from __future__ import annotations

import signal
from collections.abc import Generator, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import pytest

from gauntlet.check import check_of, require_all_known, selected
from gauntlet.errors import CheckFailed, GauntletError, Inconclusive, ProcessLost, SetupError, UsageError
from gauntlet.judgement import Judgement
from gauntlet.labs import pieces
from gauntlet.load.process import require_locust
from gauntlet.plan import read_plan
from gauntlet.session import Session, new_session
from gauntlet.settle import settle
from gauntlet.target_ehr import OTHER_EHR
from gauntlet.verdict import UNCLAIMED, Verdict

pytest_plugins = ("gauntlet.fixtures", "gauntlet.chart_fixtures")

CHECK_LIMIT_S = 180  # far above any check; only so that nothing can hang
SESSION = pytest.StashKey[Session]()
_OF_ALL = frozenset({"deliveries", "run_logs"})  # fixtures of checks that judge what all others left


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that carries the whole plan, and the one that says which lab this is."""
    parser.addoption("--gauntlet-plan", metavar="FILE", help="plan of the run, written by the gauntlet command")
    parser.addoption("--gauntlet-lab", metavar="N", type=int, default=0, help="which of the labs side by side, from 0")


def pytest_configure(config: pytest.Config) -> None:
    """Read the plan and register the marker."""
    config.addinivalue_line("markers", "requirement(id, tripped_by): the requirement a check judges, and its defects")
    config.addinivalue_line("markers", "upstream(*vendors): EHRs behind which a check can judge; default epic")
    path = config.getoption("--gauntlet-plan")
    if not path:
        raise pytest.UsageError("checks run through the gauntlet command, such as `gauntlet run`")
    try:
        config.stash[SESSION] = new_session(read_plan(Path(path)), config.getoption("--gauntlet-lab"))
    except GauntletError as error:
        raise pytest.UsageError(str(error)) from error
    if own := config.stash[SESSION].target.own_checks:
        config.args.append(str(own))
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Read every check's marker and keep the selected ones, in order: resting checks, load, judges of everything."""
    session = config.stash[SESSION]
    try:
        checks = [
            check_of(item, session.catalogue, session.suites, n, session.target.own_checks)
            for n, item in enumerate(items)
        ]
        require_all_known(session.plan.only, checks)
    except UsageError as error:
        session.events.write("broken-suite", message=error.message, hint=error.hint)
        raise pytest.UsageError(str(error)) from error
    session.checks = {item.nodeid: check for item, check in zip(items, checks, strict=True)}
    chosen = [item for item in items if selected(session.checks[item.nodeid], session.plan.only)]
    dropped = [item for item in items if item not in chosen]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
    items[:] = sorted(chosen, key=lambda item: _turn(session, item))
    session.events.write(
        "collected",
        checks=[_described(session, item) for item in items],
        deselected=[_described(session, item) for item in dropped],
    )


def _turn(session: Session, item: pytest.Item) -> int:
    """Return when a check has its turn: load after the rest, and last who judges what all others were given."""
    fixtures = getattr(item, "fixturenames", ())
    if _OF_ALL.intersection(fixtures):
        return 2
    return int(session.checks[item.nodeid].requirement.feature == "load" or "load" in fixtures)


def _described(session: Session, item: pytest.Item) -> dict[str, Any]:
    check = session.checks[item.nodeid]
    return {
        "check": check.id,
        "requirement": check.requirement.id,
        "title": check.title,
        "description": check.description,
        "tripped_by": list(check.tripped_by),
        "upstreams": list(check.upstreams),
    }


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run this lab's share of the checks, with the lab opened before and ended after them, whatever happens."""
    ours = session.config.stash[SESSION]
    if session.config.option.collectonly or session.testsfailed:  # a check that cannot be read: pytest says so
        return None
    shared = [item for item in session.items if _turn(ours, item) == 0]
    work = pieces(shared, _together)
    if not ours.share.worth_it(work):
        return True
    try:
        _require_tools(ours, session.items)
        ours.open()
    except (SetupError, UsageError, ProcessLost) as error:
        if ours.number:  # one lab more was too much for this machine: the others do its work
            ours.note(
                f"lab {ours.number + 1} did not come up and judged nothing: {error.message.partition(chr(10))[0]}"
            )
            return True
        ours.events.write("lab-failed", message=error.message, hint=error.hint)
        pytest.exit(error.message, returncode=2)
    try:
        for item in ours.share.of(work, _alone(ours, session.items[len(shared) :])):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)  # nobody knows what comes next
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
        ours.hand_over()
        return True
    finally:
        ours.close()


def _alone(session: Session, items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield the checks that run when all other labs have ended."""
    session.gather()
    yield from items


def _together(item: pytest.Item) -> str:
    """Return the name of what the item shares with others, which is made once in a lab; empty for most."""
    return "fuzzer" if "fuzzer" in getattr(item, "fixturenames", ()) else ""


def _require_tools(session: Session, items: list[pytest.Item]) -> None:
    """Raise SetupError before anything is started when a selected, claimed check needs what is not installed."""
    features = {session.checks[item.nodeid].requirement.feature for item in items}
    if "load" in features & set(session.target.claims):
        require_locust()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is not claimed; stop at once when a process of the lab is gone."""
    session = item.config.stash[SESSION]
    check = session.checks[item.nodeid]
    if check.requirement.feature not in session.target.claims:
        pytest.skip(f"{UNCLAIMED} {check.requirement.feature}")
    vendor = session.target.file.ehr[0].vendor
    if vendor not in check.upstreams:
        pytest.skip(f"{OTHER_EHR} {vendor}: this check judges by what {' or '.join(check.upstreams)} sees and holds")
    if obstacle := session.obstacle():
        raise Inconclusive(f"not run: {obstacle}")
    session.lab.tokens.forget()
    session.begin(check)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Bound the time of a check."""

    def too_long(_number: int, _frame: FrameType | None) -> NoReturn:
        raise Inconclusive(f"the check did not end within {CHECK_LIMIT_S} s")

    previous = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, CHECK_LIMIT_S)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn the ending of a check into its result."""
    report = yield
    session = item.config.stash[SESSION]
    check = session.checks[item.nodeid]
    error = _ending(call)
    if call.when == "teardown":
        if error is not None:
            session.spoil(check, error)
    elif isinstance(error, pytest.skip.Exception):
        session.write_result(session.result(check, Judgement(Verdict.NOT_CLAIMED, str(error.msg))))
    elif call.when == "call" or error is not None:
        session.write_result(session.finish(check, error))
    return report


def _ending(call: pytest.CallInfo[None]) -> BaseException | None:
    """Return how a phase ended, in our words: nothing but an unclaimed feature or another EHR may skip a check."""
    match call.excinfo.value if call.excinfo else None:
        case pytest.skip.Exception() as skip if str(skip.msg).startswith((UNCLAIMED, OTHER_EHR)):
            return skip
        case (pytest.skip.Exception() | pytest.xfail.Exception()) as left:
            return Inconclusive(f"the check was skipped: {left.msg}")
        case pytest.fail.Exception() as failure if call.when == "call":
            return CheckFailed(str(failure.msg).partition("\n")[0] or "the check failed", actual=str(failure.msg))
        case error:
            return error


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """After a check that disturbed the EHR or the network: take every fault away and let the gateway come back."""
    try:
        return (yield)  # pytest's own clean-up comes first: trouble of ours must not keep it from happening
    finally:
        _settle(item)


def _settle(item: pytest.Item) -> None:
    session = item.config.stash[SESSION]
    running, session.running = session.running, None
    if running is None or not session.is_open or session.lab.ended():
        return
    if running.disturbed or running.network_faults or session.lab.ehr.faults or session.lab.ehr.altered:
        try:
            settle(session.lab, session.population.chart(running.check.first_chart), session.target)
        except Exception:
            if not session.lab.ended():  # else the next check says which process is gone
                raise


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Say that pytest came to its end."""
    ours = session.config.stash.get(SESSION, None)
    if ours is not None:
        ours.close()
        if not ours.number:
            ours.events.write("ended", exitstatus=int(exitstatus))
