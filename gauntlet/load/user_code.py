"""A user's own function in place of the profile's requests: called once for each arrival, by `gauntlet load --code`.

    def open_chart(visit):
        answer = requests.get(f"{visit.base_url}/Patient/{visit.patient}", headers=visit.headers, timeout=10)
        answer.raise_for_status()
        visit.saw(answer.content)

It runs inside Locust's process in a greenlet, so code that waits for the network lets others go on. What it raises is
the arrival's error.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson

from gauntlet.errors import UsageError, closest
from gauntlet.load.patient_check import owners_of, resources_in

_EXAMPLE = "give FILE.py:FUNCTION, such as docs/examples/open_chart.py:open_chart"


class CodeError(UsageError):
    """Code that cannot be called."""


class WrongPatientSeen(Exception):
    """An answer held data of another patient than the visit's."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One arrival, as the user's function is told of it."""

    base_url: str
    name: str  # of the request in the profile that this arrival stands for
    role: str
    values: Mapping[str, str]  # of the patient: `patient` (FHIR id), `mrn`, and what else the plan holds
    headers: Mapping[str, str]  # with the role's bearer token and the arrival's X-Correlation-Id

    @property
    def patient(self) -> str:
        """The FHIR id of the patient to ask for."""
        return self.values["patient"]

    def saw(self, body: bytes) -> None:
        """Look for other patients' data in an answer; what is no JSON object has none.

        Raises WrongPatientSeen, which counts as the one error that no gateway is forgiven.
        """
        try:
            parsed = orjson.loads(body)
        except orjson.JSONDecodeError:
            return
        resources = resources_in(parsed) if isinstance(parsed, dict) else []
        if any(owner != self.patient for resource in resources for owner in owners_of(resource)):
            raise WrongPatientSeen


def resolved(text: str) -> str:
    """Return `FILE.py:FUNCTION` with the file's whole path, once the function was seen in it; nothing is run.

    Raises CodeError.
    """
    name, _, function = text.rpartition(":")
    if not name or not function.isidentifier():
        raise CodeError(f"{text!r} names no function", hint=_EXAMPLE)
    path = Path(name).resolve()
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except OSError as error:
        raise CodeError(f"{path} cannot be read: {error.strerror}", hint=_EXAMPLE) from None
    except (SyntaxError, ValueError) as error:
        raise CodeError(f"{path} is not Python: {error}", hint=_EXAMPLE) from None
    known = [item.name for item in tree.body if isinstance(item, ast.FunctionDef)]
    if function not in known:
        raise CodeError(
            f"{path} has no function {function!r}{closest(function, known)}",
            hint=f"functions in it: {', '.join(known) or 'none'}; an async one cannot be called",
        )
    return f"{path}:{function}"


def function_of(text: str) -> Callable[[Visit], object]:
    """Run the file and return its function. Raises CodeError, with what the file itself raised."""
    name, _, function = text.rpartition(":")
    spec = importlib.util.spec_from_file_location("gauntlet_user_code", name)
    if spec is None or spec.loader is None:
        raise CodeError(f"{name} is no Python file", hint=_EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise CodeError(f"{name} cannot be imported: {type(error).__name__}: {error}", hint=_EXAMPLE) from error
    found = getattr(module, function, None)
    if not callable(found):
        raise CodeError(f"{name}: {function} is no function", hint=_EXAMPLE)
    made: Callable[[Visit], object] = found
    return made
