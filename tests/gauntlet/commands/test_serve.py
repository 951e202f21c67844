import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from gauntlet.commands.serve import Order, checked_fault, serve_ehr
from gauntlet.errors import SetupError, UsageError

RUN = "from gauntlet.cli import main; main()"


class Served:
    """`gauntlet serve` in a process of its own, its output in two files."""

    def __init__(self, folder, *words):
        self.out, self.err = folder / "out.txt", folder / "err.txt"
        environment = {**os.environ, "TMPDIR": str(folder), "COLUMNS": "80"}
        with self.out.open("w") as out, self.err.open("w") as err:
            command = [sys.executable, "-c", RUN, "serve", *words]
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=environment)

    def wait_for(self, text, file=None):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = re.search(text, (file or self.out).read_text(), re.MULTILINE)
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"no {text!r} in {self.out.read_text()!r} and {self.err.read_text()!r}")

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(20)


@pytest.fixture
def serve(tmp_path):
    started = []

    def start(*words):
        started.append(Served(tmp_path, *words))
        started[-1].wait_for("^a patient .*$")
        return started[-1]

    yield start
    for served in started:
        if served.process.poll() is None:
            served.process.kill()
            served.process.wait()


def shell(command):
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="no bash or no curl here")
def test_what_is_printed_works_when_it_is_pasted(serve, tmp_path):
    served = serve("epic", "--patients", "100000")
    curl = served.wait_for("^try +(.+)$")[1]
    patient = served.wait_for("^a patient +(\\S+)")[1]
    answered = shell(curl)
    assert (answered.returncode, answered.stderr) == (0, "")
    assert f'"id":"{patient}"' in answered.stdout
    assert '"resourceType":"Patient"' in answered.stdout
    line = served.wait_for("GET.*", served.err)[0]
    assert re.fullmatch(rf"GET +200 +\d+\.\d ms  /FHIR/api/FHIR/R4/Patient/{re.escape(patient)}", line)
    key = Path(served.wait_for("^private key +(\\S+)")[1])
    assert [stat.S_IMODE(file.stat().st_mode) for file in key.parent.iterdir()] == [0o600, 0o600]
    control = served.wait_for("^control API +(\\S+)  (Authorization: Bearer \\w+)$")
    counted = shell(f"curl -s -H '{control[2]}' {control[1]}/counters")
    assert '"read":1' in counted.stdout
    assert served.stop() == 0
    assert not key.exists()


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="no bash or no curl here")
def test_a_fault_strikes_and_a_key_stays(serve, tmp_path):
    storm = tmp_path / "storm.toml"
    storm.write_text('why = "a test"\n[behaviour]\nkind = "status"\nstatus = 503\n')
    key = tmp_path / "client.json"
    served = serve("epic", "--fault", "wrong-patient", "--fault", str(storm), "--key", str(key), "--quiet")
    curl = served.wait_for("^try +(.+)$")[1]
    assert shell(curl + " -o /dev/null -w '%{http_code}'").stdout == "503"
    assert served.wait_for("^faults armed +(.*)$")[1] == f"wrong-patient, {storm}"
    assert served.stop() == 0
    assert served.err.read_text() == "serving until Ctrl-C\nstopped\n"
    before = key.read_bytes()
    again = serve("epic", "--key", str(key))
    assert again.stop() == 0
    assert key.read_bytes() == before
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="no bash or no curl here")
def test_every_door_of_another_vendor_works_when_it_is_pasted(serve):
    served = serve("allscripts", "--patients", "100000")
    curls = re.findall("^try +(.+)$", served.out.read_text(), re.MULTILINE)
    assert len(curls) == 2
    answers = [shell(curl).stdout for curl in curls]
    assert all("getpatientinfo" in answer.lower() or '"resourceType":"Patient"' in answer for answer in answers), (
        answers
    )
    assert served.stop() == 0


STDERR = Console(stderr=True)


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (Order("epik"), "unknown vendor 'epik'; did you mean 'epic'?"),
        (Order(faults=("storm-42",)), "unknown fault 'storm-42'; did you mean 'storm-429"),
        (Order(faults=("nowhere.toml",)), "nowhere.toml: cannot be read: "),
        (Order(quirks=("pagging=1",)), "pagging"),
        (Order(patients=99_000_000), "population size 99000000: must be from 1 to "),
        (Order(key=Path("/nowhere/key")), "--key: /nowhere/key: No such file or directory"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_served_is_told(order, message):
    with pytest.raises(UsageError) as caught:
        serve_ehr(order, STDERR)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[behaviour\n", "cannot be read: "),
        ('[behaviour]\nkind = "status"\nstatus = 503\n', "why: required"),
        ('why = "w"\n[match]\nkind = "dat"\n[behaviour]\nkind = "stall"\n', "kind is 'dat'; valid: data, token, "),
        ('why = "w"\n[match]\ntyp = "Patient"\n[behaviour]\nkind = "stall"\n', "typ"),
        ('why = "w"\n[behaviour]\nkind = "stal"\n', "stall"),
        ('why = "w"\n[behaviour]\nkind = "status"\nstatus = "x"\n', "status"),
        ('why = "w"\nbehavior = 1\n', "behaviour"),
    ],
)
def test_a_bad_fault_file_is_told_with_file_and_key(tmp_path, text, message):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        checked_fault(str(path))
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "content", ["", "{}", '{"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"}', '{"keys": []}']
)
def test_a_key_file_that_holds_no_key_is_refused(tmp_path, content):
    path = tmp_path / "key.json"
    path.write_text(content)
    with pytest.raises(UsageError, match=f"--key: {re.escape(str(path))} holds no "):
        serve_ehr(Order(key=path), STDERR)


def test_an_occupied_port_is_told(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SetupError, match=str(taken.getsockname()[1])):
            serve_ehr(Order(port=taken.getsockname()[1]), STDERR)
