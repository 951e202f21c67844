from pathlib import Path
from types import SimpleNamespace

import pytest

from gauntlet.check import CHARTS_PER_CHECK, check_of, require_all_known, selected
from gauntlet.errors import UsageError
from tests.gauntlet.samples import catalogue

SUITES = Path("/suites")


def item(*markers, doc="Does it\n\nwhy\n\nspec", name="test_it", path="/suites/contract/test_x.py"):
    marks = [SimpleNamespace(name="requirement", args=args, kwargs=kwargs) for args, kwargs in markers]
    return SimpleNamespace(
        path=Path(path),
        name=name,
        obj=SimpleNamespace(__doc__=doc),
        iter_markers=lambda wanted: [mark for mark in marks if mark.name == wanted],
    )


GOOD = (("CON-01",), {"tripped_by": ["a", "b"]})


def check(**changes):
    return check_of(item(GOOD, **changes), catalogue(), SUITES, 3)


def test_a_check():
    found = check(name="test_it[Patient]", doc="Reads it.\n\n    What and why.\n\n    Spec.\n")
    assert found.id == "contract/test_x.py::test_it[Patient]"
    assert (found.requirement.id, found.tripped_by, found.ordinal) == ("CON-01", ("a", "b"), 3)
    assert (found.title, found.description) == ("Reads it", "What and why.\n\nSpec.")
    assert found.first_chart == 3 * CHARTS_PER_CHECK


def test_a_check_outside_the_suites_is_named_by_its_file():
    assert check(path="/elsewhere/test_y.py").id == "test_y.py::test_it"


WRONG = {
    "no marker": ((), "Does it", "a check carries exactly one requirement"),
    "two markers": ((GOOD, GOOD), "Does it", "a check carries exactly one requirement"),
    "two ids": (((("CON-01", "CON-02"), {}),), "Does it", "a check carries exactly one requirement"),
    "no id": ((((), {"tripped_by": ["a"]}),), "Does it", "a check carries exactly one requirement"),
    "an unknown id": (
        ((("CONN-01",), {"tripped_by": ["a"]}),),
        "Does it",
        "unknown requirement 'CONN-01'; did you mean 'CON-01'?",
    ),
    "no defect": (((("CON-01",), {}),), "Does it", "a check names at least one defect that trips it: tripped_by=[...]"),
    "an empty list of defects": (((("CON-01",), {"tripped_by": []}),), "Does it", "a check names at least one defect"),
    "no docstring": ((GOOD,), None, "a check has a docstring: what, why it matters in a hospital, specification"),
    "an empty docstring": ((GOOD,), "  \n ", "a check has a docstring"),
}


@pytest.mark.parametrize(("markers", "doc", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_check_is_named_with_what_is_wrong(markers, doc, message):
    with pytest.raises(UsageError) as caught:
        check_of(item(*markers, doc=doc), catalogue(), SUITES, 0)
    assert caught.value.message.startswith(f"contract/test_x.py::test_it: {message}")


@pytest.mark.parametrize(
    ("prefixes", "chosen"),
    [
        ((), True),
        (("CON",), True),
        (("con-01",), True),
        (("CON-01",), True),
        (("contract/",), True),
        (("contract/test_x.py::test_it",), True),
        (("write/", "CON"), True),
        (("CON-02",), False),
        (("on-01",), False),
        (("test_x",), False),
        (("contract/test_x.py::test_it[x]",), False),
    ],
)
def test_selection(prefixes, chosen):
    assert selected(check(), prefixes) is chosen


def test_every_prefix_of_a_selection_selects_something():
    checks = [check(), check(name="test_other")]
    require_all_known((), checks)
    require_all_known(("CON", "contract/test_x.py::test_other"), checks)


@pytest.mark.parametrize(
    ("prefix", "meant"),
    [
        ("COM-01", "CON-01"),
        ("contrct/", "contract/"),
        ("contract/test_x.py::test_othr", "contract/test_x.py::test_other"),
        ("zzz", None),
    ],
)
def test_a_prefix_that_selects_nothing_is_refused(prefix, meant):
    with pytest.raises(UsageError) as caught:
        require_all_known(("CON", prefix), [check(), check(name="test_other")])
    wanted = f"; did you mean {meant!r}?" if meant else ""
    assert caught.value.message == f"no check or requirement begins with {prefix!r}{wanted}"
    assert "gauntlet catalog checks" in caught.value.hint
