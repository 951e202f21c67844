"""The catalogue of edge cases as people read it: theme by theme, and one case at length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

Row = dict[str, Any]  # of synthetic.edge_cases.catalogue.rows

_FAMILIES = {
    "valid-but-nasty": "valid but nasty: a gateway must take them, and lose nothing",
    "invalid": "invalid: a gateway must refuse them, or set them aside",
}
_TELLS = {
    "accept-and-preserve": "accept it and deliver it unchanged",
    "withhold": "withhold it from whoever may not see it",
    "refuse": "refuse it: never deliver or store it, and say so",
    "quarantine": "set it aside and flag it: R4 allows it, and it cannot be true",
}


def edge_case_lines(rows: Sequence[Row]) -> list[str]:
    """The catalogue: family by family, theme by theme; a star marks cases that must be asked for by name."""
    return [*_families(rows), _totals(rows)]


def _families(rows: Sequence[Row]) -> Iterator[str]:
    for family, of_family in groupby(rows, key=lambda row: str(row["family"])):
        yield _FAMILIES[family]
        for theme, cases in groupby(of_family, key=lambda row: str(row["theme"])):
            yield from ("", f"  {theme}", *_table(list(cases)))
        yield ""


def _table(cases: Sequence[Row]) -> list[str]:
    names = [f"{row['name']}{'*' if row['by_name_only'] else ''}" for row in cases]
    widths = [max(map(len, column)) for column in (names, [row["where"] for row in cases], _expected(cases))]
    return [
        f"    {name:{widths[0]}}  {row['where']:{widths[1]}}  {row['expected']:{widths[2]}}  {row['truth']}"
        for name, row in zip(names, cases, strict=True)
    ]


def _expected(cases: Sequence[Row]) -> list[str]:
    return [str(row["expected"]) for row in cases]


def _totals(rows: Sequence[Row]) -> str:
    valid = sum(row["family"] == "valid-but-nasty" for row in rows)
    return (
        f"{len(rows)} cases, {valid} valid but nasty and {len(rows) - valid} invalid; * only when named by --case.\n"
        "`gauntlet explain CASE` tells all about one, `gauntlet generate --case CASE` makes charts with it."
    )


def edge_case_page(row: Row) -> str:
    """All about one case."""
    rule = f"\n  rule         {row['rule']}" if row["rule"] else ""
    named = (
        "\n  by name only, for it is large or breaks what holds for every other chart" if row["by_name_only"] else ""
    )
    return (
        f"{row['name']} (edge case, {row['family']}; theme {row['theme']})\n\n"
        f"  {row['truth']}.\n\n"
        f"  where        {row['where']}{rule}\n"
        f"  a gateway    has to {_TELLS[row['expected']]} ({row['expected']})\n"
        f"  requirements {', '.join(row['requirements'])}\n"
        f"  charts       gauntlet generate charts.ndjson --patients 5 --case {row['name']}{named}"
    )
