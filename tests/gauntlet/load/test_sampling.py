import json

import pytest

from gauntlet.load.sampling import SAMPLED, Sampling
from synthetic.population import Population

VITAL = next(iter(Population(7, 6000).chart(0).of_type("Observation")))
BROKEN = {name: value for name, value in json.loads(VITAL.json).items() if name != "status"}


def bundle(*resources):
    entries = [{"fullUrl": f"http://g/{number}", "resource": item} for number, item in enumerate(resources)]
    return json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entries}).encode()


@pytest.mark.parametrize(
    ("arrivals", "kept"), [(1, 1), (SAMPLED - 1, SAMPLED - 1), (10 * SAMPLED, SAMPLED), (1999, 223)]
)
def test_answers_are_kept_evenly(arrivals, kept):
    sampling = Sampling(arrivals)
    for arrival in range(arrivals):
        sampling.offer(arrival, b"{}")
    assert len(sampling._bodies) == kept


def test_right_answers_break_no_rule():
    sampling = Sampling(2)
    sampling.offer(0, VITAL.json)
    sampling.offer(1, b"")  # a create without content
    assert sampling.broken_rules() == (1, {})


def test_each_rule_is_counted_once_an_answer():
    sampling = Sampling(3)
    sampling.offer(0, bundle(BROKEN, BROKEN))
    sampling.offer(1, json.dumps(BROKEN).encode())
    sampling.offer(2, VITAL.json)
    assert sampling.broken_rules() == (3, {"Observation.status (required)": 2})
