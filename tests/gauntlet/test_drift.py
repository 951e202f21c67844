"""Drift: what is provoked must have taken effect, and is counted where somebody says by what."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from gauntlet.drift import answer_to_drift, expect_counted
from gauntlet.errors import Inconclusive


class Ehr:
    """An EHR whose fault takes effect so often."""

    def __init__(self, applied):
        self.armed = SimpleNamespace(applied=applied)

    @contextmanager
    def fault(self, spec):
        self.spec = spec
        yield self.armed
        self.spec = None

    def require_applied(self, armed):
        if not armed.applied:
            raise Inconclusive("the fault took no effect")


def test_the_question_is_asked_while_the_fault_is_armed():
    ehr = Ehr(2)
    assert answer_to_drift(ehr, {"kind": "drift"}, lambda: ehr.spec) == ({"kind": "drift"}, 2)


def test_a_fault_without_effect_proves_nothing():
    with pytest.raises(Inconclusive):
        answer_to_drift(Ehr(0), {}, lambda: None)


def test_counting_is_judged_where_metrics_are_claimed():
    asked = []
    watch = SimpleNamespace(expect=lambda *words, **options: asked.append((words, options)))
    expect_counted(watch, 2, or_more=True)
    expect_counted(None, 2)
    assert asked == [(("schema_failures", 2, "2 answers that break the contract"), {"or_more": True})]
