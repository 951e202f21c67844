"""Whatever a gateway sends is judged: no value makes the rules raise."""

import copy
import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synthetic.r4.rules import problems
from synthetic.r4.us_core import profiles_for, us_core_problems

CORPUS = Path(__file__).with_name("corpus")
RESOURCES = [
    case["resource"] for name in ("base.json", "us_core.json") for case in json.loads((CORPUS / name).read_text())
]
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(value, path=()):
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


def replaced(resource, path, value):
    changed = copy.deepcopy(resource)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(RESOURCES), JSON_VALUES)
def test_no_replaced_value_makes_the_rules_raise(data, resource, value):
    path = data.draw(st.sampled_from([path for path in places(resource) if path]) if resource else st.none())
    changed = replaced(resource, path, value) if path else value

    found = problems(changed)

    assert all(problem.path and problem.rule and problem.message for problem in found)
    profiles_for(changed)
    us_core_problems(changed)


@settings(max_examples=60, deadline=None)
@given(JSON_VALUES)
def test_what_is_no_resource_at_all_is_a_problem(value):
    assert problems(value)
