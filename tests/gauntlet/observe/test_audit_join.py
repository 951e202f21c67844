from hypothesis import given
from hypothesis import strategies as st

from gauntlet.observe.audit_join import Joined, join

IDS = st.lists(st.sampled_from("abcdef"), unique=True)


def test_what_differs_is_listed_one_by_one():
    found = join(["a", "b", "c"], ["c", "x", "b", "b", "x", "b"])
    assert found == Joined(["a"], ["x", "x"], ["b"])
    assert found.sentence() == "1 missing: a; 2 invented: x, x; 1 doubled: b"


def test_long_lists_are_cut_in_sentences_only():
    found = join(map(str, range(7)), [])
    assert found.sentence(2) == "7 missing: 0, 1 ..."


@given(IDS, st.randoms())
def test_the_order_does_not_matter(sent, randomness):
    recorded = list(sent)
    randomness.shuffle(recorded)
    assert join(sent, recorded).sentence() == ""


@given(IDS, st.lists(st.sampled_from("abcdefgh")))
def test_nothing_is_lost_between_the_lists(sent, recorded):
    found = join(sent, recorded)
    assert set(found.missing) == set(sent) - set(recorded)
    assert set(found.invented) == set(recorded) - set(sent)
    assert set(found.doubled) == {item for item in sent if recorded.count(item) > 1}
