"""Allscripts in the table of vendors: how a site is made and how a client gets in."""

from __future__ import annotations

import json
import uuid
from typing import cast

from mock_ehr.demographics import Demographics
from mock_ehr.doors import PASSWORD, PRIVATE_KEY_JWT, Call, Door
from mock_ehr.record import ChartLike, Record
from mock_ehr.state import State
from mock_ehr.vendor import Kind, SiteOrder, Vendor
from mock_ehr.vendors.allscripts.calendar import Calendar
from mock_ehr.vendors.allscripts.endpoint import Allscripts
from mock_ehr.vendors.allscripts.exports import Exports
from mock_ehr.vendors.allscripts.numbers import Numbers
from mock_ehr.vendors.allscripts.quirks import AllscriptsQuirks
from mock_ehr.vendors.allscripts.site import Site, fhir_path, oauth_path
from mock_ehr.vendors.allscripts.unity.call import KEYS
from mock_ehr.vendors.allscripts.unity.sessions import Sessions
from mock_ehr.vendors.allscripts.unity.uploads import Uploads
from mock_ehr.vendors.switches import parse_switches
from synthetic.population import Population
from synthetic.writers.unity_people import patient_number

INSTANCE = "10099001"  # sites of Veradigm have numbers; this one is nobody's
PAGE_LIFETIME_S = 600.0
APPNAME, USER = "Gauntlet.Demo", "jdemo"


def undressed(chart: ChartLike) -> list[Record]:
    """Return a chart as it is: what Unity makes of it are rows, and Veradigm's own dress was found nowhere."""
    return [Record(resource.type, resource.id, chart.id, resource.json) for resource in chart.resources]


def open_site(order: SiteOrder) -> tuple[Vendor, State]:
    """Return an Allscripts site. Raises ValueError for a quirk that does not exist."""
    quirks = parse_switches(AllscriptsQuirks(), order.quirks)
    state = order.new_state(undressed, page_lifetime_s=PAGE_LIFETIME_S, new_token=new_guid)
    # Rows are made by writers that know the synthetic population; another one has to look like it.
    population = cast(Population, order.population)
    directory = population.directory()
    site = Site(
        instance=order.instance or INSTANCE,
        quirks=quirks,
        rows=quirks.rows(),
        state=state,
        population=population,
        directory=directory,
        demographics=Demographics(order.population),
        calendar=Calendar(directory),
        sessions=Sessions(state.tokens, state.clock.now, quirks.idle_limit_s),
        numbers=Numbers(),
        uploads=Uploads(),
        exports=Exports(),
        new_guid=new_guid,
    )
    state.also_reset += [site.uploads.clear, site.exports.clear]
    return Allscripts(site), state


def new_guid() -> str:
    """Return a random GUID: Unity's tokens, and the names of uploads and exports."""
    return str(uuid.uuid4())


def doors(address: str, instance: str, index: int, patient: str) -> tuple[Door, ...]:
    """Return how a Unity application and a FHIR system app get in."""
    return unity_door(address, index), fhir_door(address, instance or INSTANCE, patient)


def unity_door(address: str, index: int) -> Door:
    """Return the way into Unity: GetToken, then GetUserAuthentication, then any action."""
    base = f"{address}/Unity/UnityService.svc/json"
    credentials = {"Username": "{client}", "Password": "{password}", "Appname": APPNAME}
    return Door(
        name="Unity JSON",
        address=base,
        token_url=f"{base}/GetToken",
        way_in=PASSWORD,
        registration={"password": "{password}", "users": {USER: {"password": "{user_password}"}}},
        log_in=(
            post(f"{base}/GetToken", credentials),
            magic(base, "GetUserAuthentication", "", "{user_password}"),
        ),
        sample=magic(base, "GetPatient", patient_number(index), ""),
    )


def magic(base: str, action: str, patient: str, parameter: str) -> Call:
    """Return a MagicJson call with one parameter."""
    said = {"Action": action, "AppUserID": USER, "Appname": APPNAME, "PatientID": patient, "Token": "{token}"}
    return post(f"{base}/MagicJson", {key: said.get(key, "") for key in KEYS} | {"Parameter1": parameter})


def post(url: str, body: dict[str, str]) -> Call:
    """Return a POST of JSON."""
    return Call("POST", url, (("Content-Type", "application/json"),), json.dumps(body))


def fhir_door(address: str, instance: str, patient: str) -> Door:
    """Return the way into Veradigm FHIR."""
    base = address + fhir_path(instance, altera=False)
    headers = (("Authorization", "Bearer {token}"), ("Accept", "application/fhir+json; fhirVersion=4.0"))
    return Door(
        name="Veradigm FHIR R4",
        address=base,
        token_url=f"{address}{oauth_path(instance, altera=False)}/token",
        way_in=PRIVATE_KEY_JWT,
        registration={"scopes": ["system/*.read"]},
        sample=Call("GET", f"{base}/Patient/{patient}", headers),
    )


ALLSCRIPTS = Kind("allscripts", open_site, doors, AllscriptsQuirks)
