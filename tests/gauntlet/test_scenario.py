import pytest

from gauntlet import places
from gauntlet.errors import UsageError
from gauntlet.scenario import fault, read_scenarios


def test_the_bundled_faults_all_have_a_reason():
    for item in read_scenarios(places.bundled("scenarios") / "faults"):
        assert item.why
        assert fault(item.name)["name"] == item.name


def test_a_fault_is_narrowed_without_changing_its_file():
    narrowed = fault("storm-429", patient="p1", first=2)
    assert narrowed["match"]["patient"] == "p1"
    assert narrowed["match"]["first"] == 2
    assert "why" not in narrowed
    assert "patient" not in fault("storm-429").get("match", {})


@pytest.mark.parametrize("name", ["storm-42", "../load/morning-spike", ""])
def test_an_unknown_fault_is_refused_with_all_names(name):
    if "/" in name:
        name = "storm/429"
    with pytest.raises(UsageError) as caught:
        fault(name)
    assert caught.value.message.startswith(f"unknown fault {name!r}")
    assert "storm-429" in caught.value.hint
    assert name != "storm-42" or "did you mean 'storm-429" in caught.value.message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"x = 1", "why: required: the reason for the numbers in this file"),
        (b'why = ""', "why: required"),
        (b"x = ", "cannot be read"),
        (b'why = "caf\xe9"', "cannot be read"),
    ],
)
def test_a_wrong_file_is_named(tmp_path, content, reason):
    (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_scenarios(tmp_path)
    assert caught.value.message.startswith(f"{tmp_path / 'mine.toml'}: ")
    assert reason in caught.value.message
