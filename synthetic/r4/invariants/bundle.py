"""Invariants of Bundle (http://hl7.org/fhir/R4/bundle.html#inv)."""

from collections.abc import Callable

from synthetic.r4.invariants.invariant import Invariant, Table, any_of, given
from synthetic.r4.problem import Json

REQUESTED = ("batch", "transaction", "history")
ANSWERED = ("batch-response", "transaction-response", "history")


def total_is_counted(bundle: Json, _root: Json) -> bool:
    """bdl-1."""
    return not given(bundle, "total") or bundle.get("type") in ("searchset", "history")


def searched(bundle: Json, _root: Json) -> bool:
    """bdl-2."""
    return bundle.get("type") == "searchset" or not any("search" in entry for entry in bundle.get("entry", []))


def results_have_ids(bundle: Json, _root: Json) -> bool:
    """Resource.id: only a resource that is being created has none, or an OperationOutcome among results."""
    found = [entry["resource"] for entry in bundle.get("entry", []) if "resource" in entry]
    if bundle.get("type") != "searchset":
        return True
    return all("id" in resource or resource["resourceType"] == "OperationOutcome" for resource in found)


def every_entry(name: str, kinds: tuple[str, ...]) -> Callable[[Json, Json], bool]:
    """bdl-3, bdl-4: each entry has this element in bundles of these types, no entry in others."""

    def holds(bundle: Json, _root: Json) -> bool:
        wanted = bundle.get("type") in kinds
        return all((name in entry) == wanted for entry in bundle.get("entry", []))

    return holds


def distinct(bundle: Json, _root: Json) -> bool:
    """bdl-7: fullUrl with version is unique."""
    if bundle.get("type") == "history":
        return True
    named = [entry for entry in bundle.get("entry", []) if "fullUrl" in entry]
    keys = [(e["fullUrl"], e.get("resource", {}).get("meta", {}).get("versionId")) for e in named]
    return len(set(keys)) == len(keys)


def document_is_identified(bundle: Json, _root: Json) -> bool:
    """bdl-9."""
    identifier = bundle.get("identifier", {})
    return bundle.get("type") != "document" or ("system" in identifier and "value" in identifier)


def first_resource(kind: str, name: str) -> Callable[[Json, Json], bool]:
    """bdl-11, bdl-12: bundles of type `kind` start with a resource of type `name`."""

    def holds(bundle: Json, _root: Json) -> bool:
        entries = bundle.get("entry", [{}])
        return bundle.get("type") != kind or entries[0].get("resource", {}).get("resourceType") == name

    return holds


def absolute(entry: Json, _root: Json) -> bool:
    """Bundle.entry.fullUrl: an absolute URL."""
    return ":" in entry.get("fullUrl", "urn:")


def names_its_resource(entry: Json, _root: Json) -> bool:
    """Bundle.entry.fullUrl: a URL (not a URN) ends with the type and id of the resource."""
    resource, url = entry.get("resource", {}), entry.get("fullUrl", "urn:")
    if "id" not in resource or not url.startswith(("http:", "https:")):
        return True
    return bool(url.endswith(f"/{resource['resourceType']}/{resource['id']}"))


BUNDLE: Table = {
    "Bundle": (
        Invariant("bdl-1", "total is only for searchset and history", total_is_counted),
        Invariant("bdl-2", "entry.search is only for searchset", searched),
        Invariant("search-id", "every resource of a searchset has an id", results_have_ids),
        Invariant(
            "bdl-3",
            f"entry.request is for {', '.join(REQUESTED)} only, there in each entry",
            every_entry("request", REQUESTED),
        ),
        Invariant(
            "bdl-4",
            f"entry.response is for {', '.join(ANSWERED)} only, there in each entry",
            every_entry("response", ANSWERED),
        ),
        Invariant("bdl-7", "two entries have the same fullUrl and version", distinct),
        Invariant("bdl-9", "a document needs an identifier with system and value", document_is_identified),
        Invariant(
            "bdl-10",
            "a document needs a timestamp",
            lambda bundle, _root: bundle.get("type") != "document" or "timestamp" in bundle,
        ),
        Invariant("bdl-11", "a document starts with a Composition", first_resource("document", "Composition")),
        Invariant("bdl-12", "a message starts with a MessageHeader", first_resource("message", "MessageHeader")),
    ),
    "Bundle.entry": (
        Invariant("bdl-5", "needs resource, request or response", any_of("resource", "request", "response")),
        Invariant(
            "bdl-8",
            "fullUrl must not name a version",
            lambda entry, _root: "/_history/" not in entry.get("fullUrl", ""),
        ),
        Invariant("full-url", "fullUrl must be an absolute URL or a URN", absolute),
        Invariant("full-url", "fullUrl must end with the type and id of the resource", names_its_resource),
    ),
}
