"""Required value set bindings (http://hl7.org/fhir/R4/terminologies.html#required)."""

from synthetic.r4.definitions import Codes
from synthetic.r4.problem import NOTHING, Check, Found, Json, broken, nearest, shown


def bound_check(kind: str, check: Check, codes: Codes, url: str) -> Check:
    """Check of an element of type `kind` that is bound to the value set `url`, on top of its own `check`."""
    if kind == "CodeableConcept":
        return _concept_check(check, codes, url)
    if kind == "Coding":
        return _coding_check(check, codes, url)
    return _code_check(check, codes, url)


def _code_check(check: Check, codes: Codes, url: str) -> Check:
    members = frozenset().union(*codes.values())

    def bound(value: object, root: Json) -> Found:
        if isinstance(value, str) and value in members:
            return NOTHING
        return check(value, root) or _outside(value, members, url)

    return bound


def _coding_check(check: Check, codes: Codes, url: str) -> Check:
    nowhere: frozenset[str] = frozenset()
    members = frozenset().union(*codes.values())

    def bound(value: Json, root: Json) -> Found:
        found = check(value, root)
        if found or value.get("code") in codes.get(value.get("system", ""), nowhere):
            return found
        return _outside(_pair(value), members, url)

    return bound


def _concept_check(check: Check, codes: Codes, url: str) -> Check:
    nowhere: frozenset[str] = frozenset()
    members = frozenset().union(*codes.values())

    def bound(value: Json, root: Json) -> Found:
        found = check(value, root)
        if found:
            return found
        codings = value.get("coding", [])
        if any(coding.get("code") in codes.get(coding.get("system", ""), nowhere) for coding in codings):
            return NOTHING
        return _outside([_pair(coding) for coding in codings], members, url)

    return bound


def _pair(coding: Json) -> str:
    return f"{coding.get('system')}|{coding.get('code')}"


def _outside(value: object, members: frozenset[str], url: str) -> Found:
    word = value[0] if isinstance(value, list) and value else value
    hint = nearest(str(word).rpartition("|")[2], sorted(members))
    return broken("binding", f"{shown(value)} is not in the required value set {url}; {hint}")
