import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gauntlet import process
from gauntlet.errors import SetupError
from gauntlet.process import Ending, signal_name

READY = 'print(\'{"ready": true, "data": "http://127.0.0.1:1"}\', flush=True)'
WAIT = "import sys; sys.stdin.read()"
PATIENCE_S = 20.0


@pytest.fixture
def started(tmp_path):
    running = []

    def start(script, **options):
        item = process.start("mock EHR", [sys.executable, "-c", script], tmp_path / "x.log", **options)
        running.append(item)
        return item

    yield start
    for item in running:
        item.stop(0.1)


def until(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def alive(pid):
    """Whether `pid` runs: a zombie that nobody has waited for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("status", "from_outside", "sentence"),
    [
        (0, False, "the gateway process ended with exit status 0"),
        (1, False, "the gateway process ended with exit status 1"),
        (137, True, "the gateway process ended with exit status 137"),
        (143, True, "the gateway process ended with exit status 143"),
        (139, False, "the gateway process ended with exit status 139"),
        (-9, True, "the gateway process was ended by SIGKILL"),
        (-15, True, "the gateway process was ended by SIGTERM"),
        (-11, False, "the gateway process was ended by SIGSEGV"),
        (-6, False, "the gateway process was ended by SIGABRT"),
        (-35, False, "the gateway process was ended by signal 35"),
    ],
)
def test_endings(status, from_outside, sentence):
    ending = Ending("gateway", status, "")
    assert (ending.from_outside, ending.sentence()) == (from_outside, sentence)


def test_every_signal_has_a_name():
    assert all(signal_name(number) for number in range(1, 65))


def test_a_server_announces_itself(started):
    server = started(f"print('starting'); {READY}; {WAIT}")
    assert server.announcement(PATIENCE_S) == {"ready": True, "data": "http://127.0.0.1:1"}
    assert server.ending() is None


def test_half_a_line_is_no_announcement(started):
    server = started(f"import sys; sys.stdout.write('{{\"ready\": tr'); sys.stdout.flush(); {WAIT}")
    with pytest.raises(SetupError, match=r"the mock EHR did not become ready within 0\.2 s"):
        server.announcement(0.2)


def test_a_server_that_ends_before_it_is_ready(started, tmp_path):
    server = started("for n in range(30): print('line', n, flush=True)\nraise SystemExit('port taken')")
    with pytest.raises(SetupError) as caught:
        server.announcement(PATIENCE_S)
    lines = caught.value.message.splitlines()
    assert lines[0] == "the mock EHR ended with exit status 1 before it was ready; its last output:"
    assert lines[1:3] == ["line 19", "line 20"]
    assert lines[-1] == "port taken"
    assert caught.value.hint == f"its output is in {tmp_path / 'x.log'}"


def test_a_server_that_says_nothing_and_never_gets_ready(started):
    with pytest.raises(SetupError, match=r"its last output:\n\(none\)"):
        started(WAIT).announcement(0.1)


def test_an_ending_is_told_with_its_last_lines(started):
    server = started("print('oh no'); raise SystemExit(3)")
    until(server.ending, "it ends")
    assert server.ending() == Ending("mock EHR", 3, "oh no")


def test_a_process_that_we_stop_has_not_ended_by_itself(started):
    server = started(WAIT)
    server.stop()
    server.stop()
    assert server.ending() is None
    assert not alive(server.pid)


def test_a_missing_program_and_folder(tmp_path):
    with pytest.raises(SetupError, match="the gateway cannot be started: /no/such/binary was not found") as caught:
        process.start("gateway", ["/no/such/binary"], tmp_path / "log")
    assert "[gateway.launch] command" in caught.value.hint
    with pytest.raises(SetupError, match="/no/such/folder was not found"):
        process.start("gateway", [sys.executable], tmp_path / "log", cwd=Path("/no/such/folder"))


@pytest.mark.parametrize(
    ("command", "reason"),
    [([], "cannot be started: \\[\\]"), (["a\x00b"], "embedded null byte"), (["{log}"], "Permission denied")],
)
def test_what_cannot_be_started(tmp_path, command, reason):
    log = tmp_path / "log"
    log.touch(0o600)
    with pytest.raises(SetupError, match=reason):
        process.start("gateway", [part.format(log=log) for part in command], log)


def test_the_environment_is_clean(started, tmp_path, monkeypatch):
    for name in ("HTTP_PROXY", "PYTHONPATH", "PYTEST_ADDOPTS", "AWS_SECRET_ACCESS_KEY", "GAUNTLET_CONTROL_SECRET"):
        monkeypatch.setenv(name, "from-outside")
    server = started("import os, json; print(json.dumps(dict(os.environ)), flush=True)", env={"MINE": "1"})
    until(server.ending, "it ends")
    seen = json.loads(server.last_lines())
    assert seen["MINE"] == "1"
    assert seen["PATH"] == os.environ["PATH"]
    assert "from-outside" not in seen.values()


def test_a_restart_adds_to_the_log(started):
    for text in ("first", "second"):
        server = started(f"print('{text}')")
        until(server.ending, "it ends")
    assert server.last_lines() == "first\nsecond"


def test_last_lines_of_a_log_that_is_gone_or_binary(started):
    server = started("import sys; sys.stdout.buffer.write(b'\\xff\\x00')")
    until(server.ending, "it ends")
    assert server.last_lines() == "\ufffd\x00"
    server.log.unlink()
    assert server.last_lines() == ""


STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGHUP, signal.SIG_IGN)"


def test_stop_kills_what_does_not_listen(started):
    server = started(f"{STUBBORN}; {READY}\nwhile True: signal.pause()")
    server.announcement(PATIENCE_S)
    server.stop(0.1)
    assert not alive(server.pid)


def test_stop_ends_the_whole_group(started):
    child = f"import signal, time; {STUBBORN}; print('up', flush=True); time.sleep(600)"
    script = (
        "import subprocess, sys, json\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=subprocess.PIPE)\n"
        f"child.stdout.readline()\nprint(json.dumps({{'ready': True, 'child': child.pid}}), flush=True)\n{WAIT}"
    )
    server = started(script)
    pid = server.announcement(PATIENCE_S)["child"]
    assert alive(pid)
    server.stop(0.5)
    until(lambda: not alive(pid), "the child of the child ends too")


def test_stop_after_the_leader_ended_takes_its_children(started):
    script = (
        "import subprocess, sys, json\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(json.dumps({'ready': True, 'child': child.pid}), flush=True)"
    )
    server = started(script)
    pid = server.announcement(PATIENCE_S)["child"]
    until(server.ending, "the leader ends")
    server.stop()
    until(lambda: not alive(pid), "the child it left ends too")


@pytest.mark.skipif(sys.platform != "linux", reason="parent-death signals are Linux's")
def test_a_child_dies_with_its_parent(tmp_path):
    parent = (
        "import sys, time\nfrom pathlib import Path\nfrom gauntlet import process\n"
        f"child = process.start('gateway', [sys.executable, '-c', {STUBBORN + '; import time; time.sleep(600)'!r}],"
        f" Path({str(tmp_path / 'log')!r}))\nprint(child.pid, flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as harness:
        pid = int(harness.stdout.readline())
        assert alive(pid)
        harness.send_signal(signal.SIGKILL)
    try:
        until(lambda: not alive(pid), "the kernel ends the child")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
