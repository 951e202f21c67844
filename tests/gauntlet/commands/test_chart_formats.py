import pytest

from gauntlet.commands.chart_formats import FORMATS
from synthetic.edge_cases.injection import with_edge_cases
from synthetic.population import Population

HOSPITAL = Population(7, 20)


@pytest.mark.parametrize("name", FORMATS)
def test_a_chart_in_every_format(name):
    data, count = FORMATS[name].chart(HOSPITAL.chart(3), HOSPITAL.directory())
    assert len(data) > 1000
    assert count > 1 if FORMATS[name].one_file else count == 1


@pytest.mark.parametrize("name", ["hl7v2", "unity"])
def test_other_formats_tell_nothing_about_an_unsound_patient(name):
    chart = with_edge_cases(HOSPITAL, 1, ["truncated"]).chart(3)
    data, _ = FORMATS[name].chart(chart, HOSPITAL.directory())
    assert chart.mrn.encode() not in data


def test_a_batch_has_a_head_and_an_end():
    assert FORMATS["hl7v2"].head().startswith(b"FHS|")
    assert FORMATS["hl7v2"].end(12).startswith(b"BTS|12")
    assert FORMATS["ndjson"].head() == FORMATS["ndjson"].end(12) == b""
