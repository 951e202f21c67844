"""Provider states: charts that fit, of the check's own or, for reading only, of anybody's."""

from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from gauntlet.check import CHARTS_PER_CHECK
from gauntlet.contracts.states import STATES, Stage
from gauntlet.errors import Inconclusive
from synthetic.population import Population

POPULATION = Population(7, 400)
ALLERGY = "a patient with a coded allergy"


def is_fit(chart):
    """Whether the state could be brought about with this chart."""
    try:
        STATES[ALLERGY](staged([chart] * CHARTS_PER_CHECK))
    except Inconclusive:
        return False
    return True


def staged(charts, chart_where=None):
    """A stage whose own charts are these."""
    left = iter(charts)
    apps = SimpleNamespace(app=lambda: None)
    return Stage(apps, None, lambda: next(left), ExitStack(), chart_where=chart_where)


CHARTS = [POPULATION.chart(number) for number in range(100)]
FIT = [chart for chart in CHARTS if is_fit(chart)]
UNFIT = [chart for chart in CHARTS if not is_fit(chart)][:CHARTS_PER_CHECK]


def test_the_population_has_both():
    assert len(FIT) > 10
    assert len(UNFIT) == CHARTS_PER_CHECK


def test_one_of_the_own_charts_is_taken():
    stage = staged([*UNFIT[:-1], FIT[0]], lambda _: pytest.fail("others are not asked"))
    assert STATES[ALLERGY](stage)["patient"] == FIT[0].id


def test_what_is_only_read_may_be_anybodys():
    stage = staged(UNFIT, lambda wanted: next(chart for chart in CHARTS if wanted(chart)))
    assert STATES[ALLERGY](stage)["patient"] == FIT[0].id


def test_what_is_changed_must_be_ones_own():
    charts = (POPULATION.chart(number) for number in range(400))
    bare = next(
        chart for chart in charts if not any(x.body["status"] == "booked" for x in chart.of_type("Appointment"))
    )
    stage = staged([bare] * CHARTS_PER_CHECK, lambda _: pytest.fail("another check's patient must not be changed"))
    with pytest.raises(Inconclusive, match="none of the charts"):
        STATES["an appointment was cancelled at the EHR"](stage)
