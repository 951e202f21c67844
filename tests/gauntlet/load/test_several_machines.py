"""Locust's own master and workers with the bundled locustfile, and the files that show how to use them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml

from gauntlet.load.__main__ import main
from gauntlet.load.arrivals import draw
from gauntlet.load.measured import from_json
from gauntlet.load.plan import Order
from gauntlet.ports import free_port
from tests.gauntlet.load.hospital import hospital

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "docs" / "examples"
LOCUST = [sys.executable, "-m", "locust", "-f", str(ROOT / "scenarios" / "locustfile.py")]
ROLES = ("physician", "nurse", "front desk")
SCALE = "0.02"


@pytest.fixture
def given(tmp_path: Path) -> list[str]:
    tokens = {role: {"value": "secret", "expires_at": time.time() + 3600} for role in ROLES}
    (tmp_path / "tokens.json").write_text(json.dumps(tokens))
    (tmp_path / "patients.json").write_text(json.dumps([{"patient": "p1", "mrn": "m1"}]))
    return [f"--tokens={tmp_path / 'tokens.json'}", f"--patients={tmp_path / 'patients.json'}"]


@contextmanager
def locust(folder: Path, *words: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    folder.mkdir()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*LOCUST, *words], cwd=folder, stdout=log, stderr=log, env={**os.environ, **environment}
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def test_master_and_workers_share_the_arrivals(
    given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = str(free_port())
    with hospital() as base_url, ExitStack() as stack:
        assert main(["order", "morning-spike", "--base-url", base_url, "--scale", SCALE, *given]) == 0
        text = capsys.readouterr().out
        (tmp_path / "order.json").write_text(text)
        told = {"GAUNTLET_LOAD_GENERATORS": "2", "GAUNTLET_LOAD_PLAN": str(tmp_path / "order.json")}
        at = ("--master-bind-host", "127.0.0.1", "--master-bind-port", port)
        many = ("--headless", "--only-summary", "--expect-workers", "2", "--users", "2", "--spawn-rate", "2")
        master = stack.enter_context(locust(tmp_path / "master", "--master", *at, *many, GAUNTLET_LOAD_GENERATORS="2"))
        to = ("--worker", "--master-host", "127.0.0.1", "--master-port", port)
        folders = [tmp_path / "one", tmp_path / "two"]
        workers = [stack.enter_context(locust(folder, *to, **told)) for folder in folders]
        assert [worker.wait(120) for worker in workers] == [0, 0]
        master.wait(60)
    order = Order.model_validate_json(text)
    drawn = len(draw(order.profile.curve, order.profile.mix, 1, order.plan.seed))
    parts = [from_json((folder / "raw.json").read_bytes()) for folder in folders]
    assert sum(part.wanted for part in parts) == drawn == sum(part.sent for part in parts)
    assert all(part.wanted for part in parts)
    total = next(line for line in (tmp_path / "master" / "log").read_text().splitlines() if "Aggregated" in line)
    assert int(total.split()[1]) == drawn
    results = [str(folder / "raw.json") for folder in folders]
    assert main(["judge", "morning-spike", "--scale", SCALE, *results]) in (0, 1, 3)
    assert f"{drawn} of {drawn} arrivals sent by 2 workers" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["order", "morning-spkie", "--base-url", "http://127.0.0.1/"], "did you mean 'morning-spike'?"),
        (["order", "morning-spike", "--base-url", "http://ehr.example/"], "refusing to load ehr.example"),
        (["order", "morning-spike", "--base-url", "http://127.0.0.1/", "--ca-file", "none.pem"], "none.pem is no file"),
    ],
)
def test_a_wrong_order_is_refused(given: list[str], capsys, words: list[str], said: str) -> None:
    assert main([*words, *given]) == 2
    streams = capsys.readouterr()
    assert said in streams.err
    assert streams.out == ""


def test_tokens_are_not_repeated_when_they_are_wrong(given: list[str], tmp_path: Path, capsys) -> None:
    (tmp_path / "tokens.json").write_text(json.dumps({"nurse": {"value": "secret\n", "expires_at": 1}}))
    assert main(["order", "morning-spike", "--base-url", "http://127.0.0.1/", *given]) == 2
    said = capsys.readouterr().err
    assert "tokens.nurse.value" in said
    assert "secret" not in said


def test_what_is_no_result_is_refused(tmp_path: Path, capsys) -> None:
    (tmp_path / "raw.json").write_text("{}")
    assert main(["judge", "morning-spike", str(tmp_path / "raw.json")]) == 2
    assert "is no worker's result" in capsys.readouterr().err


def test_the_locustfile_is_named(capsys) -> None:
    assert main(["locustfile"]) == 0
    assert Path(capsys.readouterr().out.strip()).name == "locustfile.py"


def test_the_compose_example_holds_a_master_and_as_many_workers_as_it_says() -> None:
    services = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())["services"]
    workers = [name for name in services if name.startswith("worker")]
    assert {item["environment"]["GAUNTLET_LOAD_GENERATORS"] for item in services.values()} == {str(len(workers))}
    assert f"--expect-workers {len(workers)}" in services["master"]["command"][0]
    assert all("--worker --master-host master" in services[name]["command"][0] for name in workers)


def test_the_kubernetes_example_holds_a_master_and_as_many_workers_as_it_says() -> None:
    service, master, worker = yaml.safe_load_all((EXAMPLES / "kubernetes.yaml").read_text())
    containers = [job["spec"]["template"]["spec"]["containers"][0] for job in (master, worker)]
    labels = master["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"] == labels
    many = str(worker["spec"]["parallelism"])
    assert many == str(worker["spec"]["completions"])
    assert all({"name": "GAUNTLET_LOAD_GENERATORS", "value": many} in item["env"] for item in containers)
    assert f"--expect-workers {many}" in containers[0]["args"][0]
    assert f"--master-host {service['metadata']['name']}" in containers[1]["args"][0]
