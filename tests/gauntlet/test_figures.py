"""What a check measured is a finite number in every report, whatever a gateway's metrics and headers say."""

import orjson
import pytest

from gauntlet.errors import TargetError
from gauntlet.result import to_json
from gauntlet.target import read_target
from reports import schema
from reports.junit import render
from tests.gauntlet.own_suite import TARGET, Harness, check
from tests.reports.jsonschema import problems

ODD = ["float('inf')", "-float('inf')", "float('nan')", "10 ** 400", "2.0 ** 60", "None", "'many'"]


def test_what_is_no_finite_number_is_left_out_and_told(tmp_path, monkeypatch):
    odd = "\n".join(f"measured['odd {place}'] = {figure}" for place, figure in enumerate(ODD))
    run = Harness(tmp_path, monkeypatch).result(check("CON-01", "odd", f"{odd}\nmeasured['served'] = 3"))
    (judged,) = run.checks
    assert judged.verdict.value == "pass"
    assert judged.measured == {"served": 3}
    told = [note for note in run.notes if "test_odd measured no finite number as" in note]
    assert len(told) == len(ODD)
    assert problems(schema.document(), orjson.loads(to_json(run))) == []
    assert b"served: 3" in render(run)


@pytest.mark.parametrize("number", ["inf", "nan", "-inf"])
@pytest.mark.parametrize("key", ["p95_ms", "error_rate"])
def test_an_objective_without_a_finite_limit_is_refused(tmp_path, key, number):
    path = tmp_path / "t.toml"
    path.write_text(f"{TARGET}\n[slo]\n{key} = {number}\n")
    with pytest.raises(TargetError, match=f"slo.{key}: "):
        read_target(path, {})
