import pytest

from gauntlet.commands import catalog
from gauntlet.commands.catalog import explain
from gauntlet.commands.edge_case_pages import edge_case_lines, edge_case_page
from gauntlet.errors import UsageError
from synthetic.edge_cases.catalogue import CASES, rows

LINES = edge_case_lines(rows())


def test_every_case_has_a_line_under_its_theme_and_family():
    text = "\n".join(LINES)
    for name in CASES:
        assert f"    {name}" in text
    invalid = next(place for place, line in enumerate(LINES) if line.startswith("invalid: "))
    listed = {line.split()[0].rstrip("*") for line in LINES[:invalid] if line.startswith("    ")}
    assert listed == {case.name for case in CASES.values() if not case.rule}
    assert LINES[-1].startswith(f"{len(CASES)} cases, ")


def test_columns_are_aligned_within_a_theme():
    place = LINES.index("  dates")
    columns = [line.index(" Patient.") for line in LINES[place + 1 : place + 6]]
    assert len(set(columns)) == 1


@pytest.mark.parametrize("row", rows(), ids=CASES)
def test_a_page_says_where_what_and_how(row):
    page = edge_case_page(row)
    assert row["where"] in page
    assert row["truth"] in page
    assert f"--case {row['name']}" in page
    assert ("\n  rule " in page) == bool(row["rule"])


def test_explain_knows_edge_cases(monkeypatch):
    monkeypatch.setattr(catalog, "list_checks", tuple)  # which asks pytest
    monkeypatch.setattr(catalog, "list_defects", tuple)
    assert explain("leap-second").startswith("leap-second (edge case, valid-but-nasty; theme clock times)")
    with pytest.raises(UsageError, match="did you mean 'leap-second'"):
        explain("leap-secnd")
