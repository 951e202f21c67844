"""Content negotiation of FHIR servers (RFC 9110 section 12.5.1; hl7.org/fhir/R4/http.html#mime-type)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

FORMATS: Mapping[str, str] = {
    "application/fhir+json": "application/fhir+json; charset=utf-8",
    "application/json": "application/json; charset=utf-8",
    "application/fhir+xml": "application/fhir+xml; charset=utf-8",
    "application/xml": "application/xml; charset=utf-8",
}
SHORT_FORMATS: Mapping[str, str] = {
    "json": "application/fhir+json; charset=utf-8",
    "xml": "application/fhir+xml; charset=utf-8",
}


def accepted(accept: str) -> list[str]:
    """Return the media types of an Accept header, best first, without those of quality 0."""
    ranked: list[tuple[float, str]] = []
    for item in accept.split(","):
        media, *settings = (part.strip() for part in item.split(";"))
        quality = 1.0
        for setting in settings:
            name, _, value = setting.partition("=")
            if name.strip().lower() == "q":
                quality = parse_quality(value)
        if media and quality > 0:
            ranked.append((-quality, media.lower()))
    return [media for _, media in sorted(ranked, key=lambda pair: pair[0])]


def parse_quality(text: str) -> float:
    """Return a quality value, 0 when it is none."""
    try:
        return float(text)
    except ValueError:
        return 0.0


@lru_cache(maxsize=256)
def choose(accept: str, format_parameter: str, default: str) -> str:
    """Return the content type to answer with: by `_format`, else Accept, else `default`; never a refusal."""
    if format_parameter:
        wanted = format_parameter.strip().lower().replace(" ", "+").partition(";")[0]
        return SHORT_FORMATS.get(wanted) or FORMATS.get(wanted, default)
    for media in accepted(accept):
        if media == "*/*":
            return default
        if media in FORMATS:
            return FORMATS[media]
    return default
