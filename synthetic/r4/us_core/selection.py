"""Which US Core profiles a resource is meant to follow."""

from typing import Any

from synthetic.r4.invariants.invariant import codings
from synthetic.r4.problem import Json
from synthetic.r4.us_core.table import Profile, profiles_by_type, profiles_by_url


def profiles_for(resource: Any) -> list[str]:
    """Urls of the US Core 6.1.0 profiles that apply to `resource`, without version.

    Those that meta.profile claims, as far as they are known; without such a claim those that the type, the category
    and the code imply. A profile that another one of the list extends is left out. [] for anything else.
    """
    if not isinstance(resource, dict):
        return []
    urls = profiles_by_url()
    claimed = [urls[url] for url in _claims(resource) if url in urls]
    of_type = profiles_by_type().get(str(resource.get("resourceType")), ())
    chosen = claimed or [profile for profile in of_type if implied(profile, resource)]
    extended = {profile.extends for profile in chosen}
    return [profile.url for profile in chosen if profile.name not in extended]


def implied(profile: Profile, resource: Json) -> bool:
    """Whether the content of a resource of the profile's type says that the profile is meant."""
    if profile.always_implied:
        return True
    concepts = resource.get(profile.implied_by)
    found = concepts if isinstance(concepts, list) else [concepts]
    return any(profile.implied & _safe_codings(concept) for concept in found)


def _safe_codings(concept: Any) -> set[tuple[str | None, str | None]]:
    """Codings of a concept; empty when it is malformed, which is for the R4 rules to tell."""
    try:
        return codings(concept)
    except (AttributeError, TypeError):
        return set()


def _claims(resource: Json) -> list[str]:
    meta = resource.get("meta")
    stated = meta.get("profile") if isinstance(meta, dict) else None
    urls = [url for url in stated if isinstance(url, str)] if isinstance(stated, list) else []
    return list(dict.fromkeys(url.partition("|")[0] for url in urls))
