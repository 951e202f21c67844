from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from gauntlet.errors import HarnessError, SetupError
from gauntlet.load import process
from gauntlet.load.plan import ORDER_VARIABLE, PlanError


def test_a_missing_locust_names_the_extra(profile, plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SetupError) as caught:
        process.run_profile(profile(), plan(), work_dir=tmp_path, progress=print)
    assert caught.value.hint == "pip install 'gauntlet-ehr[load]'"


def test_a_wrong_plan_is_refused_before_anything_is_written(profile, plan, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="refusing to load"):
        process.run_profile(
            profile(), plan(base_url="http://ehr.example/R4"), work_dir=tmp_path / "run", progress=print
        )
    assert not (tmp_path / "run").exists()


def test_the_environment_is_clean() -> None:
    outer = {
        "PATH": "/bin",
        "LOCUST_USERS": "9",
        "HTTP_PROXY": "http://x",
        "PYTHONSTARTUP": "x",
        "AWS_SECRET": "x",
    }
    made = process.environment(outer, Path("/run/order.json"), Path("/run"))
    assert made["PATH"] == "/bin"
    assert made[ORDER_VARIABLE] == "/run/order.json"
    assert made["HOME"] == "/run"
    assert set(made) - {"PYTHONUSERBASE"} == {
        "PATH",
        "HOME",
        "USERPROFILE",
        "PYTHONSAFEPATH",
        "PYTHONUNBUFFERED",
        ORDER_VARIABLE,
    }


def test_locust_is_run_without_a_page_and_without_the_current_folder() -> None:
    command = process.command()
    assert command[:4] == [sys.executable, "-P", "-m", "locust"]
    assert "--headless" in command
    assert Path(command[5]).name == "locustfile.py"
    assert Path(command[5]).is_file()


LEAVES = "import pathlib; pathlib.Path('raw.json').write_bytes({!r})"


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (
            "print('the engine crashed'); raise SystemExit(4)",
            "exit code 4 and left no usable result:\nthe engine crashed",
        ),
        ("pass", "exit code 0 and left no usable result"),
        ("import os; os.kill(os.getpid(), 9)", "was ended by signal 9 and left no usable result"),
        (LEAVES.format(b'{"schema_version": 1}'), "cannot be read: 'run'"),
        (LEAVES.format(b"{") + "; raise SystemExit(1)", "exit code 1 and left no usable result"),
        (r"open('progress.ndjson', 'ab').write(b'junk\n')", "a progress line that cannot be read"),
    ],
    ids=["crash", "no result", "killed", "incomplete result", "result of a crash", "broken progress"],
)
def test_trouble_of_the_generator_is_ours(
    profile, plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, said: str
) -> None:
    monkeypatch.setattr(process, "command", lambda: [sys.executable, "-c", program])
    with pytest.raises(HarnessError) as caught:
        process.run_profile(profile(), plan(), work_dir=tmp_path, progress=lambda _: None)
    assert said in str(caught.value)
    assert not list(tmp_path.glob("order-*"))


def test_a_generator_that_hangs_is_ended(profile, plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(60)"
    monkeypatch.setattr(process, "command", lambda: [sys.executable, "-c", program])
    monkeypatch.setattr(process, "START_ALLOWANCE_S", -3.7)  # the profile takes 4 s: ended after 0.3 s
    monkeypatch.setattr(process, "_END_S", 0.2)
    with pytest.raises(HarnessError, match="did not end in time"):
        process.run_profile(profile(), plan(), work_dir=tmp_path, progress=lambda _: None)
