"""Epic in the table of vendors: how a site is made and how a client gets in."""

from __future__ import annotations

from mock_ehr.demographics import Demographics
from mock_ehr.doors import PRIVATE_KEY_JWT, Call, Door
from mock_ehr.state import State
from mock_ehr.vendor import Kind, SiteOrder, Vendor
from mock_ehr.vendors.epic.dress import Dress
from mock_ehr.vendors.epic.endpoint import Epic
from mock_ehr.vendors.epic.quirks import EpicQuirks, parse_quirks
from mock_ehr.vendors.epic.site import Site

INSTANCE = "FHIR"


def open_site(order: SiteOrder) -> tuple[Vendor, State]:
    """Return an Epic site. Raises ValueError for a quirk that does not exist."""
    quirks = parse_quirks(order.quirks)
    state = order.new_state(Dress(quirks), page_lifetime_s=quirks.page_lifetime_s)
    return Epic(Site(order.instance or INSTANCE, quirks, state, Demographics(order.population), order.seed)), state


def doors(address: str, instance: str, _index: int, patient: str) -> tuple[Door, ...]:
    """Return how a backend client gets in."""
    site = f"{address}/{instance or INSTANCE}"
    base = f"{site}/api/FHIR/R4"
    headers = (("Authorization", "Bearer {token}"), ("Accept", "application/fhir+json"))
    return (
        Door(
            name="FHIR R4",
            address=base,
            token_url=f"{site}/oauth2/token",
            way_in=PRIVATE_KEY_JWT,
            registration={"scopes": ["system/*.*"]},
            sample=Call("GET", f"{base}/Patient/{patient}", headers),
        ),
    )


EPIC = Kind("epic", open_site, doors, EpicQuirks)
