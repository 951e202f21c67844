"""matrix.json, the file of a teeth run: written as it grows, read for a certificate, joined from parts.

{"honest": "conformant", "honest_failures": [], "others": "all",
 "bites": [{"defect": "lax", "check": "a.py::test", "verdict": "fail", "reason": "...", "expected": true}]}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import orjson
from pydantic import TypeAdapter, ValidationError

from gauntlet.errors import UsageError
from gauntlet.teeth import Matrix
from gauntlet.verdict import Outcome

_HINT = "`gauntlet teeth` writes matrix.json"
_SHAPE = TypeAdapter(Matrix)


def to_json(matrix: Matrix) -> bytes:
    """Return `matrix` as JSON, indented."""
    return orjson.dumps(asdict(matrix), option=orjson.OPT_INDENT_2)


def write_matrix(matrix: Matrix, path: Path) -> None:
    """Write `matrix` in one step: who stops a run of many hours keeps what it has found."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(to_json(matrix))
    partial.replace(path)


def read_matrix(path: Path) -> Matrix:
    """Read what `write_matrix` wrote. Raises UsageError when the file cannot be read, or is none."""
    try:
        return _SHAPE.validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", hint=_HINT) from None
    except ValidationError:
        raise UsageError(f"{path} is no matrix of teeth", hint=_HINT) from None


def join(parts: Sequence[Matrix]) -> Matrix:
    """Return one matrix of parts that tried different defects.

    Raises UsageError when two parts tried the same defect, or against different selections of checks.
    """
    twice = sorted(
        name for name, times in Counter(name for part in parts for name in part.defects).items() if times > 1
    )
    if twice:
        raise UsageError(f"two parts tried {', '.join(twice[:5])}", hint="give each part once")
    selections = sorted({part.others for part in parts})
    if len(selections) != 1:
        raise UsageError(f"the parts let different checks meet the defects: {', '.join(selections) or 'there is none'}")
    honest = [part.honest for part in parts]
    worst = next((outcome for outcome in honest if outcome is not Outcome.CONFORMANT), Outcome.CONFORMANT)
    bites = sorted((bite for part in parts for bite in part.bites), key=lambda bite: (bite.defect, bite.check))
    failures = dict.fromkeys(failure for part in parts for failure in part.honest_failures)
    return Matrix(tuple(bites), worst, tuple(failures), selections[0])
