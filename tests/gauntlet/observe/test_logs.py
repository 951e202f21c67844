import pytest

from gauntlet.errors import Inconclusive
from gauntlet.observe.logs import LogReader


def test_what_was_logged_since(tmp_path):
    reader = LogReader(tmp_path / "gateway.log")
    reader.path.write_bytes("before é\n".encode())
    since = reader.size()
    with reader.path.open("ab") as file:
        file.write(b"after \xff\n")
    assert reader.text(since) == "after \ufffd\n"
    assert reader.text() == "before é\nafter \ufffd\n"


def test_no_log_proves_nothing(tmp_path):
    reader = LogReader(tmp_path / "gateway.log")
    assert reader.size() == 0
    with pytest.raises(Inconclusive, match=r"gateway\.log cannot be read: No such file"):
        reader.text()
    with pytest.raises(Inconclusive, match="Is a directory"):
        LogReader(tmp_path).text()


@pytest.mark.parametrize("rest", [b"", b"new\n"])
def test_a_log_that_became_shorter_proves_nothing(tmp_path, rest):
    reader = LogReader(tmp_path / "gateway.log")
    reader.path.write_bytes(b"a line with nothing in it\n")
    since = reader.size()
    reader.path.write_bytes(rest)
    with pytest.raises(Inconclusive, match="truncated or rotated"):
        reader.text(since)
