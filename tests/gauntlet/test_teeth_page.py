from gauntlet.teeth import Bite, Matrix
from gauntlet.teeth_page import median_besides, page
from gauntlet.verdict import Outcome, Verdict


def bites(defect, *, caught=True, besides=0):
    named = Bite(defect, "a::named", Verdict.FAIL if caught else Verdict.PASS, "why", expected=True)
    others = [Bite(defect, f"b::other-{n}", Verdict.WARN, "", expected=False) for n in range(besides)]
    return (named, *others, Bite(defect, "c::quiet", Verdict.PASS, "", expected=False))


def test_the_page_of_a_matrix_that_holds():
    matrix = Matrix(
        (*bites("lax"), *bites("blind", besides=7), *bites("deaf", besides=2)), Outcome.CONFORMANT, (), "all"
    )
    text = page(matrix)
    assert "3 of 3 defects are caught" in text
    assert "without a defect: conformant" in text
    assert "median 2 a defect" in text
    assert "| `lax` | 1 of 1 | 0 |" in text
    assert "| `deaf` | 1 of 1 | 2: `b::other-0`, `b::other-1` |" in text
    assert "and 2 more |" in text
    assert "## Not caught" not in text


def test_what_is_not_caught_and_who_is_not_honest():
    matrix = Matrix(bites("lax", caught=False), Outcome.NON_CONFORMANT, ("a::named: fail: reason",))
    text = page(matrix)
    assert "0 of 1 defects" in text
    assert "- Fails on the honest gateway: a::named: fail: reason" in text
    assert "| `lax` | 0 of 1 | not tried |" in text
    assert "- `lax` by `a::named`: pass why" in text
    assert "median" not in text


def test_an_empty_matrix():
    empty = Matrix((), Outcome.INCONCLUSIVE, ())
    assert median_besides(empty) == 0
    assert "without a defect: inconclusive" in page(empty)


def test_what_met_the_quick_selection_alone_and_what_was_not_tried():
    matrix = Matrix((*bites("lax", besides=3), *bites("deaf")), Outcome.CONFORMANT, (), "quick")
    text = page(matrix, ["lax", "deaf", "blind", "mute"])
    assert "- Checks of the quick selection that fail besides, without naming the defect: median 1.5 a defect." in text
    assert "## Not tried: 2 of 4 defects\n\n`blind`, `mute`" in text
    assert "Not tried" not in page(matrix, ["lax", "deaf"])
