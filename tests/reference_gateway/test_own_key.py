import json

from reference_gateway.own_key import OwnKey


def written(path, key):
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(key.as_dict(private=True)))
    draft.replace(path)


def test_a_replaced_file_is_followed(ring, folder):
    path = folder / "key.json"
    written(path, ring["gateway"])
    own = OwnKey(ring["gateway"], path)
    assert own.current() is ring["gateway"]
    other = ring["gateway"].as_dict(private=True) | {"kid": "second"}
    path.write_text(json.dumps(other))
    assert own.current().kid == "second"


def test_half_a_file_leaves_the_key_in_use(ring, folder):
    path = folder / "key.json"
    written(path, ring["gateway"])
    own = OwnKey(ring["gateway"], path)
    path.write_text('{"kid": "half')
    assert own.current().kid == "gateway"
    path.unlink()
    assert own.current().kid == "gateway"
    written(path, ring["gateway"])
    assert own.current().kid == "gateway"


def test_a_key_without_a_file_stays(ring):
    assert OwnKey(ring["gateway"]).current() is ring["gateway"]
