import pytest

from gauntlet.errors import UsageError
from gauntlet.teeth import Bite, Matrix
from gauntlet.teeth_file import join, read_matrix, write_matrix
from gauntlet.verdict import Outcome, Verdict


def part(*defects, honest=Outcome.CONFORMANT, failures=(), others="all"):
    bites = tuple(Bite(defect, "a::b", Verdict.FAIL, "why", expected=True) for defect in defects)
    return Matrix(bites, honest, failures, others)


@pytest.mark.parametrize(
    "matrix", [part("lax", "deaf"), part(honest=Outcome.NON_CONFORMANT), part("x", failures=("a: fail: b",))]
)
def test_a_matrix_survives_its_file(matrix, tmp_path):
    write_matrix(matrix, tmp_path / "matrix.json")
    write_matrix(matrix, tmp_path / "matrix.json")
    assert read_matrix(tmp_path / "matrix.json") == matrix
    assert [file.name for file in tmp_path.iterdir()] == ["matrix.json"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"bites": [], "honest": "fine", "honest_failures": []}'])
def test_what_is_no_matrix(text, tmp_path):
    (tmp_path / "m").write_text(text)
    with pytest.raises(UsageError, match="is no matrix of teeth"):
        read_matrix(tmp_path / "m")
    with pytest.raises(UsageError, match="cannot be read"):
        read_matrix(tmp_path / "none")


def test_parts_are_joined():
    assert join([part("mute", "deaf"), part("lax")]) == part("deaf", "lax", "mute")
    assert join([part("lax")]) == part("lax")


@pytest.mark.parametrize("honest", [Outcome.NON_CONFORMANT, Outcome.INCONCLUSIVE])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_part_without_an_honest_gateway_is_enough(honest, place):
    parts = [part("a"), part("b"), part("c")]
    parts[place] = part("x", honest=honest, failures=("f",))
    found = join(parts)
    assert found.honest_failures == ("f",)
    assert not join([*parts, part("y", honest=Outcome.NON_CONFORMANT)]).holds
    assert found.honest is honest


def test_what_cannot_be_joined():
    with pytest.raises(UsageError, match="two parts tried lax"):
        join([part("lax"), part("deaf", "lax")])
    with pytest.raises(UsageError, match="let different checks meet the defects: all, quick"):
        join([part("lax"), part("deaf", others="quick")])
    with pytest.raises(UsageError, match="there is none"):
        join([])
