"""What the control API steers: the mock EHR's state and what was given to it at the start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_ehr.control.library import NamedFault
from mock_ehr.control.route import Table
from mock_ehr.state import State

Register = Callable[[str, object], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Console:
    """Handed to every route. `register` is the vendor's; `library` are the named faults that can be armed by name."""

    state: State
    register: Register
    table: Table
    library: Mapping[str, NamedFault] = field(default_factory=dict)
