"""One Allscripts site: its switches, state, clients and addresses, passed to everything that answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mock_ehr.demographics import Demographics
from mock_ehr.state import State
from mock_ehr.vendors.allscripts.calendar import Calendar
from mock_ehr.vendors.allscripts.clients import FhirClient, ServiceAccount
from mock_ehr.vendors.allscripts.exports import Exports
from mock_ehr.vendors.allscripts.numbers import Numbers
from mock_ehr.vendors.allscripts.quirks import PRODUCTS, AllscriptsQuirks
from mock_ehr.vendors.allscripts.unity.sessions import Sessions
from mock_ehr.vendors.allscripts.unity.uploads import Uploads
from synthetic.directory import Directory
from synthetic.population import Population
from synthetic.writers.unity_quirks import Quirks as RowQuirks


@dataclass(slots=True)
class Site:
    """What an answer depends on besides the request."""

    instance: str
    quirks: AllscriptsQuirks
    rows: RowQuirks
    state: State
    population: Population
    directory: Directory
    demographics: Demographics
    calendar: Calendar
    sessions: Sessions
    numbers: Numbers
    uploads: Uploads
    exports: Exports
    new_guid: Callable[[], str]
    accounts: dict[str, ServiceAccount] = field(default_factory=dict)
    fhir_clients: dict[str, FhirClient] = field(default_factory=dict)

    def patient_id(self, index: int) -> str:
        """Return the FHIR id of the patient of a chart, without making the chart."""
        return self.directory.assembly.hospital.identity.resource_id("Patient", index)

    @property
    def unity_path(self) -> str:
        """Return the path of the Unity service."""
        return f"{PRODUCTS[self.quirks.product]}/UnityService.svc"

    @property
    def fhir_path(self) -> str:
        """Return the path of the FHIR base."""
        return fhir_path(self.instance, altera=self.quirks.altera_paths)

    @property
    def oauth_path(self) -> str:
        """Return the path of the OAuth endpoints."""
        return oauth_path(self.instance, altera=self.quirks.altera_paths)

    @property
    def fhir_base(self) -> str:
        """Return the public FHIR base address."""
        return self.state.public_url + self.fhir_path

    @property
    def token_url(self) -> str:
        """Return the public address of the token endpoint: what an assertion's `aud` has to be."""
        return f"{self.state.public_url}{self.oauth_path}/token"


def fhir_path(instance: str, *, altera: bool) -> str:
    """Return the FHIR base path: Veradigm's, or Altera's for a production system (V1 V2 V3)."""
    return "/R4/fhir-Prod" if altera else f"/fhirroute/fhir/{instance}"


def oauth_path(instance: str, *, altera: bool) -> str:
    """Return the path of the OAuth endpoints (V1 V2; for Altera that of the older server)."""
    return "/authorization/connect" if altera else f"/fhirroute/authorizationV2/{instance}/connect"
