"""The XHTML of a narrative: well-formed, in its namespace, nothing active.

Source: http://hl7.org/fhir/R4/narrative.html
"""

from xml.parsers import expat

from synthetic.r4.problem import NOTHING, Found, Json, broken, kind, shown

NAMESPACE = "http://www.w3.org/1999/xhtml"
# HTML 4.0 chapters 7-11 (without section 4 of chapter 9) and 15, `a`, `img` (rule txt-1).
ALLOWED_NAMES = """
    div h1 h2 h3 h4 h5 h6 p span br hr address bdo blockquote q cite code dfn em strong kbd samp var abbr
    acronym sub sup pre ul ol li dl dt dd table caption colgroup col thead tfoot tbody tr th td
    a img b i tt big small strike s u font center map area
"""
ALLOWED = frozenset(ALLOWED_NAMES.split())


class _Reader:
    """Collects what the rules ask for while expat reads."""

    def __init__(self) -> None:
        self.elements: list[str] = []
        self.scripted: list[str] = []
        self.has_content = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements.append(name)
        self.scripted += [attribute for attribute in attributes if attribute.lower().startswith("on")]
        self.has_content = self.has_content or name == f"{NAMESPACE} img"

    def text(self, characters: str) -> None:
        self.has_content = self.has_content or bool(characters.strip())


def _read(text: str) -> _Reader:
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.Parse(text, True)
    return reader


def xhtml(value: object, _root: Json) -> Found:
    """Check of Narrative.div."""
    if not isinstance(value, str):
        return broken("null" if value is None else "type", f"a div must be a JSON string, this is a JSON {kind(value)}")
    if "<!" in value.replace("<!--", ""):
        return broken("txt-1", "a narrative has no DOCTYPE, entity or CDATA declaration")
    try:
        reader = _read(value)
    except expat.ExpatError as error:
        return broken("format", f"not well-formed XHTML ({error}): {shown(value)}")
    if reader.elements[0] != f"{NAMESPACE} div":
        return broken("format", f'a narrative is one <div xmlns="{NAMESPACE}">, this is {shown(value)}')
    foreign = [name for name in reader.elements if name.removeprefix(f"{NAMESPACE} ") not in ALLOWED]
    if foreign or reader.scripted:
        return broken("txt-1", f"not allowed in a narrative: {', '.join(foreign + reader.scripted)}")
    return NOTHING if reader.has_content else broken("txt-2", "a narrative needs content that is not white space")
