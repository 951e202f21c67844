import pytest
from hypothesis import strategies as st

from gauntlet.errors import CheckFailed, Inconclusive
from gauntlet.properties.drawing import ChartsForReading, aimed_searches, changes, written
from gauntlet.properties.examine import SHRINKING, examine, require_hypothesis
from synthetic.population import Population
from synthetic.strategies.search_rules import search_problems

POPULATION = Population(7, 4000)
SERVED = {"Patient": ["_id", "gender"], "Condition": ["patient", "code"], "Observation": ["category", "date", "_count"]}


def drawn(strategy, tmp_path, seed=1, examples=40):
    seen = []
    examine(strategy, seen.append, seed=seed, examples=examples, folder=tmp_path)
    return seen


def test_the_smallest_failing_example_is_told(tmp_path):
    def judge(number):
        if number > 10:
            raise CheckFailed("too large", expected="at most 10", actual=str(number))

    with pytest.raises(CheckFailed) as caught:
        examine(st.integers(0, 10_000), judge, seed=3, examples=50, folder=tmp_path)
    assert caught.value.reason == "too large"
    assert "smallest example: 11\nseed 3, after " in caught.value.actual


def test_a_gateway_that_changes_its_mind_confuses_nobody(tmp_path):
    asked = []

    def judge(number):
        asked.append(number)
        if number > 10 and len(asked) % 2:
            raise CheckFailed("sometimes")

    with pytest.raises(CheckFailed, match="sometimes"):
        examine(st.integers(0, 10_000), judge, seed=3, examples=50, folder=tmp_path)
    assert len(asked) == len(set(asked)) <= 50 + SHRINKING


def test_making_examples_smaller_has_a_budget(tmp_path):
    asked = []

    def judge(text):
        asked.append(text)
        if len(set(text)) > 5:
            raise CheckFailed("too many letters")

    with pytest.raises(CheckFailed):
        examine(st.text(min_size=30), judge, seed=3, examples=100, folder=tmp_path)
    assert len(asked) <= 100 + SHRINKING


def test_other_trouble_comes_through_as_it_is(tmp_path):
    def judge(_example):
        raise Inconclusive("no token")

    with pytest.raises(Inconclusive, match="no token"):
        examine(st.integers(), judge, seed=1, examples=5, folder=tmp_path)


def test_the_same_seed_draws_the_same(tmp_path):
    strategy = aimed_searches(ChartsForReading(POPULATION), SERVED)
    assert [repr(one) for one in drawn(strategy, tmp_path)] == [repr(one) for one in drawn(strategy, tmp_path)]
    assert [repr(one) for one in drawn(strategy, tmp_path, seed=2)] != [repr(one) for one in drawn(strategy, tmp_path)]


def test_searches_are_legal_and_name_what_is_served(tmp_path):
    for aimed in drawn(aimed_searches(ChartsForReading(POPULATION), SERVED), tmp_path):
        assert search_problems(aimed.search) == []
        own, *others = aimed.search.parameters
        assert own[1] == aimed.chart.id
        assert {name for name, _ in others} <= {*SERVED[aimed.search.type], "category", "code"}
        assert "_count" not in dict(others)


def test_values_to_write_are_plain_numbers(tmp_path):
    for example in drawn(written(), tmp_path):
        assert 0 < float(example.value) < 400
        assert "E" not in example.value
        assert example.note.strip() == example.note != ""


def test_changes_happen_early_and_late(tmp_path):
    seen = drawn(changes(("a", "b")), tmp_path)
    assert {change.kind for change in seen} == {"a", "b"}
    assert {change.after_page for change in seen} == {1, 2, 3}


def test_without_hypothesis_nothing_is_judged(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(Inconclusive, match=r"gauntlet-ehr\[contract\]"):
        require_hypothesis()
