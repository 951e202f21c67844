import json

import pytest

from gauntlet.commands.unfinished import Unfinished, complete
from gauntlet.errors import UsageError


def write(path, charts, *, order=None, until=None):
    """Write a line for each chart; raises KeyboardInterrupt at chart `until`, in the middle of its line."""
    files = Unfinished((path.with_name("beside"), path), order or {"seed": 7})
    with files.going_on() as (beside, out):
        began = files.charts
        for index in range(files.charts, charts):
            out.write(f"chart {index}".encode())
            if index == until:
                raise KeyboardInterrupt
            out.write(b"\n")
            beside.write(b".")
            files.passed(2)
        out.write(f"{files.count} things".encode())
    return began


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_has_its_name_when_it_is_complete(tmp_path):
    with complete(tmp_path / "x") as out:
        out.write(b"a")
        assert not (tmp_path / "x").exists()
    assert (tmp_path / "x").read_bytes() == b"a"
    with pytest.raises(RuntimeError), complete(tmp_path / "y"):
        raise RuntimeError
    assert names(tmp_path) == ["x"]


def test_an_interrupted_run_goes_on_behind_the_last_whole_chart(tmp_path):
    write(tmp_path / "whole", 9)
    whole = (tmp_path / "whole").read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "x", 9, until=6)
    assert "x" not in names(tmp_path)
    assert write(tmp_path / "x", 9) == 6
    assert (tmp_path / "x").read_bytes() == whole
    assert (tmp_path / "beside").read_bytes() == b"." * 9
    assert names(tmp_path) == ["beside", "whole", "x"]


def test_a_killed_run_goes_on_from_its_last_note(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "x", 300, until=250)
    note = json.loads((tmp_path / ".x.part.json").read_text())
    first_note = note | {"charts": 200, "count": 400, "sizes": [200, sum(len(f"chart {i}\n") for i in range(200))]}
    (tmp_path / ".x.part.json").write_text(json.dumps(first_note))
    assert write(tmp_path / "x", 300) == 200
    assert (tmp_path / "x").read_bytes().splitlines()[-1] == b"600 things"
    assert (tmp_path / "x").read_bytes().splitlines()[250] == b"chart 250"


@pytest.mark.parametrize("spoil", ["order", "truncated part", "broken note", "no note"])
def test_what_cannot_be_trusted_is_begun_anew(tmp_path, spoil):
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "x", 9, until=6, order={"seed": 8} if spoil == "order" else None)
    part, note = tmp_path / ".x.part", tmp_path / ".x.part.json"
    if spoil == "truncated part":
        part.write_bytes(part.read_bytes()[:3])
    elif spoil == "broken note":
        note.write_text("{")
    elif spoil == "no note":
        note.unlink()
    assert write(tmp_path / "x", 9) == 0
    assert (tmp_path / "x").read_bytes().startswith(b"chart 0\nchart 1\n")


def test_nothing_to_go_on_from_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "x", 9, until=0)
    assert names(tmp_path) == []


def test_two_runs_at_once_are_refused(tmp_path):
    pytest.importorskip("fcntl")
    files = Unfinished((tmp_path / "x",), {})
    with files.going_on() as (out,):
        out.write(b"mine")
        files.passed(1)
        with pytest.raises(UsageError, match="another run is writing"), Unfinished((tmp_path / "x",), {}).going_on():
            pass
    assert (tmp_path / "x").read_bytes() == b"mine"
