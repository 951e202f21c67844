"""The vendors by name. A new one is a folder here that makes a `Kind`, and a line in the table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from mock_ehr.vendor import Kind
from mock_ehr.vendors.allscripts.kind import ALLSCRIPTS
from mock_ehr.vendors.epic.kind import EPIC

VENDORS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            EPIC,
            ALLSCRIPTS,
        )
    }
)  # fmt: skip
