"""One Epic site: its instance name, switches, state and addresses, passed to everything that answers."""

from __future__ import annotations

from dataclasses import dataclass

from mock_ehr.demographics import Demographics
from mock_ehr.state import State
from mock_ehr.vendors.epic.quirks import EpicQuirks


@dataclass(frozen=True, slots=True)
class Site:
    """What an answer depends on besides the request."""

    instance: str
    quirks: EpicQuirks
    state: State
    demographics: Demographics
    seed: int

    @property
    def fhir_base(self) -> str:
        """Return the public FHIR base address."""
        return f"{self.state.public_url}/{self.instance}/api/FHIR/R4"

    @property
    def token_url(self) -> str:
        """Return the public address of the token endpoint: what an assertion's `aud` has to be."""
        return f"{self.state.public_url}/{self.instance}/oauth2/token"
