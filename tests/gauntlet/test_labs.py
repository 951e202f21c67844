"""Labs side by side, with the real runner and plug-in and labs without processes."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from gauntlet import places
from gauntlet.labs import WORTH_A_LAB, Share, Turns, default_labs, pieces, single_lab_because, wait_for_others
from gauntlet.network.launch import URL_VARIABLE
from gauntlet.target import read_target
from tests.gauntlet.own_suite import TARGET, Harness, check

WHO = "import os\nmeasured['lab'] = gauntlet_session.number\nmeasured['pid'] = os.getpid()"
WITH_SESSION = "measured, gauntlet_session"


@pytest.fixture
def harness(tmp_path, monkeypatch):
    return Harness(tmp_path, monkeypatch)


def many(body, count=2 * WORTH_A_LAB):
    rows = ("CON-01", "CON-03")
    return [check(rows[number % 2], f"n{number}", body, WITH_SESSION) for number in range(count)]


def load(body=WHO):
    return check("LOD-01", "load", body, WITH_SESSION)


def labs_of(run):
    return {item.check: item.measured["lab"] for item in run.checks if item.measured}


def test_every_check_runs_once_wherever_there_is_time(harness):
    """Each lab waits in its first check until the other one has begun, so both have work whatever the machine does."""
    meet = WHO + (
        "\nimport pathlib, time\nhere = pathlib.Path(gauntlet_session.plan.run_dir)\n"
        "(here / f'met-{gauntlet_session.number}').touch()\n"
        "while not all((here / f'met-{n}').exists() for n in (0, 1)):\n    time.sleep(0.01)"
    )
    run = harness.result(*many(meet), load(), labs=2)
    assert run.outcome.value == "conformant"
    assert len(run.checks) == len({item.check for item in run.checks}) == 2 * WORTH_A_LAB + 1
    assert set(labs_of(run).values()) == {0.0, 1.0}
    assert len({item.measured["pid"] for item in run.checks}) == 2
    assert run.checks[-1].check == "test_it.py::test_load"  # after all others, in the first lab
    assert run.checks[-1].measured["lab"] == 0
    assert harness.lab_closed
    assert (harness.run_dir / "lab-2" / "lab-closed").exists()


def test_load_waits_until_the_other_labs_have_ended(harness):
    ended = (
        "import pathlib\nlab = pathlib.Path(gauntlet_session.plan.run_dir) / 'lab-2' / 'lab-closed'\n"
        "assert lab.exists()\nmeasured['x'] = 1"
    )
    run = harness.result(*many(WHO), load(ended), labs=2)
    assert run.outcome.value == "conformant"


def test_a_lab_for_a_few_checks_is_not_worth_it(harness):
    run = harness.result(*many(WHO, 3), load(), labs=4)
    assert (run.outcome.value, set(labs_of(run).values())) == ("conformant", {0.0})
    assert not (harness.run_dir / "lab-2" / "lab-closed").exists()


def test_a_gateway_that_ends_in_one_lab_leaves_the_rest_to_the_others(harness):
    ends = (
        WHO + "\nif gauntlet_session.number == 1:\n    gauntlet_session.lab.die('gateway', 1)\n    raise NoAnswer('x')"
    )
    meet = (
        "\nimport pathlib, time\nhere = pathlib.Path(gauntlet_session.plan.run_dir)\n"
        "while gauntlet_session.number == 0 and not (here / 'lab-2' / 'lab-closed').exists():\n    time.sleep(0.01)"
    )
    run = harness.result(*many(ends + meet), labs=2)
    verdicts = [item.verdict.value for item in run.checks]
    assert (verdicts.count("fail"), verdicts.count("pass")) == (1, len(verdicts) - 1)
    assert run.exit_code == 1


def test_a_gateway_that_ends_between_two_checks_is_found_whatever_the_others_do(harness):
    """The check that it served has passed; the next one of that lab has to meet its end, or nobody would."""
    late = (
        "@pytest.fixture\ndef dies_late(gauntlet_session):\n    yield\n"
        "    if gauntlet_session.number == 1:\n        gauntlet_session.lab.die('gateway', 1)\n"
    )
    meet = WHO + (
        "\nimport pathlib, time\nhere = pathlib.Path(gauntlet_session.plan.run_dir)\n"
        "while gauntlet_session.number == 0 and not (here / 'lab-2' / 'lab-closed').exists():\n    time.sleep(0.01)"
    )
    checks = [check("CON-01", f"n{number}", meet, f"{WITH_SESSION}, dies_late") for number in range(2 * WORTH_A_LAB)]
    run = harness.result(late, *checks, labs=2)
    verdicts = [item.verdict.value for item in run.checks]
    assert (verdicts.count("fail"), verdicts.count("pass")) == (1, len(verdicts) - 1)
    assert run.exit_code == 1


def test_a_gateway_that_ends_in_every_lab_leaves_the_rest_unjudged(harness):
    ends = WHO + "\ngauntlet_session.lab.die('gateway', 1)\nraise NoAnswer('x')"
    run = harness.result(*many(ends), labs=2)
    verdicts = [item.verdict.value for item in run.checks]
    assert 1 <= verdicts.count("fail") <= 2
    assert verdicts.count("inconclusive") == len(verdicts) - verdicts.count("fail")


def test_a_lab_that_is_killed_makes_the_run_incomplete(harness):
    kill = WHO + "\nimport os, signal\nif gauntlet_session.number == 1:\n    os.kill(os.getpid(), signal.SIGKILL)"
    meet = (
        "\nimport pathlib, time\nhere = pathlib.Path(gauntlet_session.plan.run_dir)\n"
        "while gauntlet_session.number == 0 and not (here / 'other-labs-ended').exists():\n    time.sleep(0.01)"
    )
    run = harness.result(*many(kill + meet), labs=2)
    verdicts = [item.verdict.value for item in run.checks]
    assert (verdicts.count("inconclusive"), verdicts.count("pass")) == (1, len(verdicts) - 1)
    assert run.exit_code == 3
    assert "SIGKILL" in run.checks[-1].reason


def test_a_second_lab_that_does_not_come_up_leaves_its_work_to_the_first(harness):
    (harness.run_dir / "lab-2").mkdir()
    (harness.run_dir / "lab-2" / "no-lab").touch()
    run = harness.result(*many(WHO), load(), labs=2)
    assert (run.outcome.value, set(labs_of(run).values())) == ("conformant", {0.0})
    assert "lab 2 did not come up and judged nothing: port 1 is taken" in run.notes


def test_numbers_are_drawn_once(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda _: Turns(tmp_path / "turns").draw(), range(200)))
    assert sorted(drawn) == list(range(200))


def test_what_is_made_once_stays_together():
    assert pieces(["a1", "b", "a2", "c"], lambda item: item[0] if item[0] == "a" else "") == [
        ["a1", "a2"],
        ["b"],
        ["c"],
    ]


def test_one_lab_runs_everything_in_order(tmp_path):
    share = Share(0, 1, tmp_path, lambda: "the gateway is gone")
    assert list(share.of([["a", "b"], ["c"]], ["d"])) == ["a", "b", "c", "d"]


def test_waiting_for_the_others(tmp_path):
    naps = []

    def sleep(seconds):
        naps.append(seconds)
        (tmp_path / "other-labs-ended").touch()

    wait_for_others(tmp_path, sleep)
    assert len(naps) == 1


@pytest.mark.parametrize(
    ("change", "because"),
    [
        (("[claims.load]", "[claims.load]"), ""),
        (("side_by_side = true", ""), "could meet on a port"),
        (("{gateway.port}", "8080"), "the gateway's port is fixed"),
        (('vendor = "epic"', 'vendor = "epic"\nlisten = "127.0.0.1:9443"'), "fixes an address"),
    ],
)
def test_when_only_one_lab_is_possible(tmp_path, change, because):
    path = tmp_path / "t.toml"
    path.write_text(TARGET.replace(*change))
    said = single_lab_because(read_target(path, {}), {})
    assert because in said
    assert bool(because) == bool(said)


def test_a_network_server_of_somebody_else_is_one_for_all():
    target = read_target(places.bundled("targets") / "reference.toml", {})
    assert single_lab_because(target, {}) == ""
    assert URL_VARIABLE in single_lab_because(target, {URL_VARIABLE: "http://127.0.0.1:8474"})


def test_two_labs_a_core():
    assert [default_labs(cores) for cores in (1, 2, 64)] == [2, 4, 8]
