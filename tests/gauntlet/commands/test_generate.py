import json

import pytest
from rich.console import Console

from gauntlet.commands import generate as command
from gauntlet.commands.generate import generate_charts
from gauntlet.errors import UsageError


def run(destination, patients=3, layout="ndjson", seed=7):
    generate_charts(destination, patients=patients, seed=seed, layout=layout, stderr=Console(stderr=True))


def test_ndjson_is_one_resource_a_line_and_repeatable(tmp_path):
    run(tmp_path / "a.ndjson")
    run(tmp_path / "b.ndjson")
    lines = (tmp_path / "a.ndjson").read_bytes().splitlines()
    assert sum(json.loads(line)["resourceType"] == "Patient" for line in lines) == 3
    assert (tmp_path / "a.ndjson").read_bytes() == (tmp_path / "b.ndjson").read_bytes()
    run(tmp_path / "b.ndjson", seed=8)
    assert (tmp_path / "a.ndjson").read_bytes() != (tmp_path / "b.ndjson").read_bytes()


@pytest.mark.parametrize("layout", ["transaction", "collection"])
def test_one_bundle_a_chart(tmp_path, layout):
    run(tmp_path / "out", layout=layout)
    files = sorted((tmp_path / "out").iterdir())
    assert len(files) == 3
    assert {json.loads(path.read_bytes())["type"] for path in files} == {layout}


def test_an_unknown_format_writes_nothing(tmp_path):
    with pytest.raises(UsageError, match="unknown format 'bundle'"):
        run(tmp_path / "x", layout="bundle")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("layout", ["ndjson", "transaction"])
def test_what_is_half_written_never_keeps_its_name(tmp_path, monkeypatch, layout):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command, "write_ndjson", full)
    monkeypatch.setattr(command.Path, "write_bytes", full)
    with pytest.raises(UsageError, match=r"cannot write .*: No space left on device"):
        run(tmp_path / "x", layout=layout)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
