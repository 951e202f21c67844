"""Bytes that are not the JSON of one resource."""

from __future__ import annotations

from collections.abc import Callable

from synthetic.edge_cases.case import Case, Scene, Target, invalid, rewritten
from synthetic.edge_cases.targets import condition, glucose, patient, potassium, weight

# An app sends such bodies (NEG-01), an EHR answers with them (NEG-09).
_REQUIREMENTS = "NEG-01 NEG-09 CON-15"
_DEEP = 20_000


def broken(name: str, rule: str, fault: str, target: Target, rewrite: Callable[[bytes], bytes]) -> Case:
    """A case of bytes; every one is about a whole resource."""
    resource_type = "Patient" if target is patient else "Condition" if target is condition else "Observation"

    def with_scene(data: bytes, _scene: Scene) -> bytes:
        return rewrite(data)

    return invalid(name, resource_type, rule, _REQUIREMENTS, fault, rewritten(target, with_scene, fault))


def before_end(data: bytes, members: bytes) -> bytes:
    """Members added behind the others."""
    return data[:-1] + b"," + members + b"}"


def number_as(text: bytes) -> Callable[[bytes], bytes]:
    """A component with this text for its number."""
    return lambda data: before_end(data, b'"component":[{"code":{"text":"x"},"valueQuantity":{"value":%b}}]' % text)


def cut_in_text(data: bytes) -> bytes:
    """The beginning of the data, cut behind the quotation mark of a name."""
    return data[: data.index(b'"family":"') + len(b'"family":"')]


CASES: tuple[Case, ...] = (
    broken("byte-order-mark", "bom", "A byte order mark comes first", patient, lambda data: b"\xef\xbb\xbf" + data),
    broken(
        "nul-byte",
        "control-character",
        "A text has a NUL byte",
        patient,
        lambda data: data.replace(b'"family":"', b'"family":"\0', 1),
    ),
    broken(
        "nul-as-escape",
        "nul",
        "A text has a NUL as an escape: JSON allows it, FHIR and most databases do not",
        condition,
        lambda data: (
            before_end(data, b'"language":"en","note":[{"text":"a\\u0000b"}]')
            if b'"note"' not in data
            else data.replace(b'"note":[{"text":"', b'"note":[{"text":"\\u0000', 1)
        ),
    ),
    broken(
        "lone-surrogate",
        "surrogate",
        "A text has half of a character as an escape",
        patient,
        lambda data: data.replace(b'"family":"', b'"family":"\\ud83d', 1),
    ),
    broken(
        "bytes-of-latin-1",
        "encoding",
        "A text is in ISO 8859-1, not in UTF-8",
        patient,
        lambda data: data.replace(b'"family":"', b'"family":"Mu\xf1oz ', 1),
    ),
    broken(
        "utf-16",
        "encoding",
        "The whole resource is in UTF-16",
        weight,
        lambda data: data.decode().encode("utf-16"),
    ),
    broken(
        "name-given-twice",
        "duplicate-name",
        "An object has the same name twice, with two values; parsers disagree on which one counts",
        patient,
        lambda data: before_end(data, b'"birthDate":"1950-01-01"'),
    ),
    broken(
        "inner-name-given-twice",
        "duplicate-name",
        "An object further in has the same name twice",
        glucose,
        lambda data: before_end(data, b'"bodySite":{"text":"left","text":"right"}'),
    ),
    broken("not-a-number", "constant", "A number is NaN", glucose, number_as(b"NaN")),
    broken("infinity", "constant", "A number is Infinity", glucose, number_as(b"-Infinity")),
    broken("digits-with-leading-zeros", "syntax", "A number has zeros in front", potassium, number_as(b"007.5")),
    broken("number-ending-in-a-point", "syntax", "A number ends in its decimal point", potassium, number_as(b"7.")),
    broken("truncated", "syntax", "The resource is cut off within a text", patient, cut_in_text),
    broken("truncated-by-one", "syntax", "The last brace is missing", glucose, lambda data: data[:-1]),
    broken("text-behind-the-end", "syntax", "More text follows the resource", glucose, lambda data: data + b"}"),
    broken("two-resources", "syntax", "Two resources stand one behind the other", weight, lambda data: data + data),
    broken("trailing-comma", "syntax", "A comma stands before the last brace", weight, lambda data: data[:-1] + b",}"),
    broken(
        "single-quotes",
        "syntax",
        "Texts are in single quotation marks",
        weight,
        lambda data: data.replace(b'"', b"'"),
    ),
    broken("empty-body", "syntax", "There are no bytes at all", weight, lambda _data: b""),
    broken("list-of-resources", "shape", "The resource is in a list", weight, lambda data: b"[" + data + b"]"),
    broken(
        "page-in-place-of-resource",
        "syntax",
        "The bytes are an HTML page",
        patient,
        lambda _data: b"<!DOCTYPE html><title>Sign in</title>",
    ),
    broken(
        "nested-20000-deep",
        "depth",
        "Extensions are nested 20,000 deep",
        patient,
        lambda data: before_end(
            data,
            b'"modifierExtension":['
            + b'{"url":"u","extension":[' * _DEEP
            + b'{"url":"u","valueCode":"x"}'
            + b"]}" * _DEEP
            + b"]",
        ),
    ),
    broken(
        "line-break-in-text",
        "control-character",
        "A text has a bare line break, which also ends the line of NDJSON",
        patient,
        lambda data: data.replace(b'"family":"', b'"family":"\n', 1),
    ),
)
