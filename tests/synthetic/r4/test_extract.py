"""The table is a deterministic digest of the definitions."""

import gzip
import io
import json
import tarfile

from synthetic.r4.definitions import read_definitions
from synthetic.r4.extract import build_table, pack, read_package


def element(path, kind="string", least=0, most="1", **more):
    return {"path": path, "min": least, "max": most, "base": {"path": path}, "type": [{"code": kind}], **more}


DEFINITION = {
    "resourceType": "StructureDefinition",
    "id": "Lamp",
    "kind": "resource",
    "abstract": False,
    "derivation": "specialization",
    "snapshot": {
        "element": [
            {"path": "Lamp"},
            element("Lamp.colour[x]", least=1, type=[{"code": "code"}, {"code": "Coding"}]),
            element("Lamp.bulb", "BackboneElement", most="*"),
            element("Lamp.bulb.state", "code", binding={"strength": "required", "valueSet": "http://x/states|1"}),
            element("Lamp.spare", contentReference="#Lamp.bulb"),
            element(
                "Lamp.owner",
                type=[{"code": "Reference", "targetProfile": ["http://x/Patient", "http://x/Group"]}],
            ),
        ]
    },
}
STATES = {
    "resourceType": "ValueSet",
    "url": "http://x/states",
    "compose": {"include": [{"system": "http://x/s", "concept": [{"code": "on"}, {"code": "off"}]}]},
}


def archive(path, *resources):
    with tarfile.open(path, "w:gz") as package:
        for index, resource in enumerate(resources):
            content = json.dumps(resource).encode()
            member = tarfile.TarInfo(f"package/{resource['resourceType']}-{index}.json")
            member.size = len(content)
            package.addfile(member, io.BytesIO(content))
    return path


def test_elements_become_rows(tmp_path):
    package = list(read_package(archive(tmp_path / "p.tgz", DEFINITION, STATES, {"resourceType": "Patient"})))

    table = build_table(package)

    assert table["resources"] == ["Lamp"]
    assert table["types"] == {
        "Lamp": [
            ["colour[x]", 1, 0, ["code", "Coding"]],
            ["bulb", 0, 1, ["Lamp.bulb"]],
            ["spare", 0, 0, ["Lamp.bulb"]],
            ["owner", 0, 0, ["Reference:Group,Patient"]],
        ],
        "Lamp.bulb": [["state", 0, 0, ["code"], "http://x/states"]],
    }
    assert table["codes"] == {"http://x/states": {"http://x/s": ["off", "on"]}}


def test_same_table_same_bytes():
    table = build_table([DEFINITION, STATES])

    assert pack(table) == pack(json.loads(json.dumps(table)))
    assert gzip.decompress(pack(table)).startswith(b'{"codes":')
    assert read_definitions(pack(table)).types["Lamp.bulb"][0].value_set == "http://x/states"
