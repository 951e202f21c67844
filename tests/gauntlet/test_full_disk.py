import subprocess
import sys

import pytest

from gauntlet.errors import Inconclusive
from gauntlet.full_disk import full_disk, session_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of other processes are Linux's")

WRITER = """
import sys
for line in sys.stdin:
    try:
        with open(sys.argv[1], "ab", buffering=0) as file:
            file.write(b"record\\n")
        print("written", flush=True)
    except OSError as error:
        print(error.strerror, flush=True)
"""


@pytest.fixture
def writer(tmp_path):
    file = tmp_path / "trail"
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )

    def write():
        process.stdin.write("\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    yield process.pid, file, write
    process.stdin.close()
    process.stdout.close()
    process.wait(10)


def test_files_cannot_grow_and_then_can_again(writer):
    pid, file, write = writer
    assert write() == "written"
    with full_disk(pid, file):
        assert write() == "File too large"
    assert write() == "written"
    assert file.read_bytes() == b"record\n" * 2


def test_nobody_else_is_limited(writer, tmp_path):
    pid, file, write = writer
    write()
    with full_disk(pid, file):
        (tmp_path / "ours").write_bytes(b"x" * 1000)
    assert (tmp_path / "ours").stat().st_size == 1000


def test_children_belong_to_the_session(writer):
    pid, _, _ = writer
    assert session_of(pid) == [pid]


def test_a_process_that_is_gone_proves_nothing(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""], start_new_session=True)
    ended.wait()
    with pytest.raises(Inconclusive, match="is gone"), full_disk(ended.pid, tmp_path):
        pass
