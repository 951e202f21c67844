"""NDJSON of charts."""

from __future__ import annotations

import io
import json

import pytest

from synthetic.population import Population
from synthetic.writers.ndjson import write_ndjson


def test_one_resource_a_line_in_the_order_of_the_indices(population: Population) -> None:
    out = io.BytesIO()
    written = write_ndjson(population, [5, 2], out)
    lines = out.getvalue().splitlines()
    assert written == len(out.getvalue())
    assert out.getvalue().endswith(b"\n")
    expected = [resource.id for index in (5, 2) for resource in population.chart(index).resources]
    assert [json.loads(line)["id"] for line in lines] == expected


def test_an_index_out_of_range_is_an_error(population: Population) -> None:
    with pytest.raises(IndexError):
        write_ndjson(population, [population.size], io.BytesIO())
