"""The doors that a vendor tells of lead in, over real sockets."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx
import pytest
from joserfc import jwk, jwt

from mock_ehr.doors import PASSWORD, Call, Door
from mock_ehr.serve import Running, Settings, mock_ehr
from mock_ehr.vendors import VENDORS
from synthetic.population import Population

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DOORS = [(name, door.name) for name, kind in VENDORS.items() for door in kind.doors("", "", 0, "x")]


def client() -> httpx.Client:
    return httpx.Client(verify=False, trust_env=False)


def sent(http: httpx.Client, call: Call) -> httpx.Response:
    return http.request(call.method, call.url, headers=dict(call.headers), content=call.body or None)


def filled(value: Any, password: str) -> Any:
    if isinstance(value, dict):
        return {name: filled(inner, password) for name, inner in value.items()}
    return (
        value.replace("{password}", password).replace("{user_password}", password) if isinstance(value, str) else value
    )


def token_of(http: httpx.Client, door: Door, key: jwk.RSAKey, now: float) -> str:
    if door.way_in == PASSWORD:
        words = {"client": "demo", "password": 'p"w', "user_password": 'p"w'}
        first, *rest = (call.filled(**words) for call in door.log_in)
        token = sent(http, first).text.strip('"')
        assert all(sent(http, call.filled(token=token)).status_code == 200 for call in rest)
        return token
    claims = {"iss": "demo", "sub": "demo", "aud": door.token_url, "jti": str(uuid.uuid4()), "exp": int(now) + 240}
    signed = jwt.encode({"alg": "RS384", "kid": key.kid}, claims, key, algorithms=["RS384"])
    form = {"grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}
    scope = " ".join(door.registration["scopes"])
    return str(http.post(door.token_url, data={**form, "scope": scope}).json()["access_token"])


@pytest.mark.parametrize(("vendor", "name"), DOORS)
def test_a_door_leads_in(
    hold: Callable[[Any], AbstractContextManager[Running]],
    population: Population,
    key: jwk.RSAKey,
    vendor: str,
    name: str,
) -> None:
    chart = population.chart(3)
    with hold(mock_ehr(Settings("s", vendor=vendor), population)) as running, client() as http:
        doors = VENDORS[vendor].doors(running.data, "", 3, chart.id)
        door = next(one for one in doors if one.name == name)
        registration = filled(dict(door.registration), 'p"w')
        if door.way_in != PASSWORD:
            registration["jwks"] = {"keys": [key.as_dict(private=False)]}
        answer = http.put(f"{running.control}/clients/demo", json=registration, headers={"Authorization": "Bearer s"})
        assert answer.status_code == 200, answer.text
        token = token_of(http, door, key, running.state.clock.now())
        seen = sent(http, door.sample.filled(token=token))
        assert seen.status_code == 200
        assert chart.patient.body["name"][0]["family"] in seen.text


def test_a_call_as_curl() -> None:
    call = Call("POST", "http://x/{token}", (("A", "b {token}"),), '{"t": "{token}"}').filled(token='q"')
    assert call.curl() == ["curl", "-sS", "-i", "-X", "POST", "-H", 'A: b q"', "-d", '{"t": "q\\""}', 'http://x/q"']
