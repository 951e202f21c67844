"""A second gateway that is stopped, killed and changed by commands."""

import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from gauntlet import rollout
from gauntlet.errors import CheckFailed, Inconclusive
from gauntlet.rollout import ChangingGateway, changing_gateway
from gauntlet.target_model import RolloutClaim
from tests.gauntlet.samples import consumer


class Second:
    """A second gateway without a process of its own."""

    def __init__(self, state="ready", pid=0):
        self.state = state
        self.values = {"run_dir": "/run", "python": sys.executable}
        self.process = SimpleNamespace(pid=pid, last_lines=lambda: "last words")
        self.started = 0

    def again(self):
        self.started += 1

    def wait(self, _timeout_s):
        return self.state


def changing(second=None, **commands):
    return ChangingGateway(second or Second(), SimpleNamespace(), RolloutClaim(**commands))


def test_commands_are_filled(tmp_path):
    told = tmp_path / "told"
    script = f"import sys; open({str(told)!r}, 'w').write(' '.join(sys.argv[1:]))"
    command = ["{python}", "-c", script, "{rollout.type}", "{run_dir}"]
    changing(switch_off=command).change("switch_off", type="Condition")
    assert told.read_text() == "Condition /run"


def test_a_command_that_is_not_claimed_skips_the_check():
    with pytest.raises(pytest.skip.Exception, match="switch off"):
        changing().change("switch_off", type="Condition")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["{python}", "-c", "import sys; sys.exit('no such route')"], "ended with 1: no such route"),
        (["/nowhere/gateway"], "did not run"),
    ],
)
def test_a_command_that_fails_proves_nothing(command, said):
    with pytest.raises(Inconclusive, match=said):
        changing(forward=command).change("forward")


@pytest.mark.parametrize(("way", "status"), [("terminate", -signal.SIGTERM), ("kill", -signal.SIGKILL)])
def test_ends_the_process(way, status):
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        getattr(changing(Second(pid=process.pid)), way)()
        assert process.wait(10) == status


def test_start_again():
    second = Second()
    changing(second).start_again()
    assert second.started == 1
    with pytest.raises(CheckFailed, match="did not come back") as failure:
        changing(Second(state="ended")).start_again()
    assert failure.value.actual == "last words"


def test_apps_talk_to_the_second_gateway():
    second, app = Second(), consumer()
    second.base_url, second.audience = "http://second/fhir", "second"
    asked = []
    tokens = SimpleNamespace(token=lambda client, audience: asked.append((client, audience)) or "t")
    apps = SimpleNamespace(app=lambda role: app, lab=SimpleNamespace(tokens=tokens))
    moved = ChangingGateway(second, apps, RolloutClaim()).app("batch")
    assert (moved.base_url, moved.client_id) == ("http://second/fhir", app.client_id)
    assert (moved.token(), asked) == ("t", [(app.client_id, "second")])


def test_nothing_is_judged_without_a_second_gateway(monkeypatch):
    attached = SimpleNamespace(gateway=SimpleNamespace(launch=None))
    lab = SimpleNamespace(target=SimpleNamespace(file=attached), values={})
    with (
        pytest.raises(Inconclusive, match="runs already"),
        changing_gateway(lab, SimpleNamespace(), RolloutClaim()),
    ):
        pass

    @rollout.contextmanager
    def unready(*_):
        yield Second(state="unready")

    monkeypatch.setattr(rollout, "second_gateway", unready)
    with (
        pytest.raises(Inconclusive, match="is unready: last words"),
        changing_gateway(lab, SimpleNamespace(), RolloutClaim()),
    ):
        pass
