"""Toxiproxy for the harness: proxies and faults that are removed again and prove that they took effect.

A thin layer over the package `toxiproxy-python`, which hides what that package gets wrong: one server per
process (host and port are attributes of a class), calls without time-outs, proxies of the environment
(`HTTP_PROXY`) used for a server on this machine, errors of the server that surface as `KeyError`, names put
into URLs as they are.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
import toxiproxy
from toxiproxy import api as package_api
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

from gauntlet.network.errors import (
    NetworkError,
    NetworkRefusedError,
    NetworkUnreachableError,
    UnknownFaultError,
)
from gauntlet.network.fault import NetworkFault, Prospect
from gauntlet.network.toxics import TOXICS

CALL_TIMEOUT_S = 10.0  # Toxiproxy itself gives up after 25 s; a healthy one answers in milliseconds
_TURN = threading.Lock()  # the package keeps host and port in a class: one call at a time in this process


class Wire:
    """The part of `requests` that the package calls, with time-outs, no environment, and errors raised."""

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url

    def get(self, url: str, **options: Any) -> requests.Response:
        """Send GET."""
        return self._send("GET", url, options)

    def post(self, url: str, **options: Any) -> requests.Response:
        """Send POST."""
        return self._send("POST", url, options)

    def delete(self, url: str, **options: Any) -> requests.Response:
        """Send DELETE."""
        return self._send("DELETE", url, options)

    def _send(self, method: str, url: str, options: dict[str, Any]) -> requests.Response:
        try:
            with requests.Session() as session:
                session.trust_env = False
                response = session.request(method, url, timeout=CALL_TIMEOUT_S, **options)
        except requests.RequestException as error:
            raise NetworkUnreachableError(self._api_url, error) from error
        if response.status_code >= 400:
            raise NetworkRefusedError(f"{method} {url}", response.status_code, error_text(response.text))
        return response


def error_text(body: str) -> str:
    """Return the text of an error answer of the API."""
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body.strip()


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: `listen` and `upstream` are `host:port`, `probe_path` is what a probe asks for."""

    name: str
    listen: str
    upstream: str
    probe_path: str = "/"

    @property
    def url(self) -> str:
        """The proxy's address as an http URL without a path."""
        return f"http://{self.listen}"


class Network:
    """The network server at `api_url`, e.g. `http://127.0.0.1:8474`.

    Every method raises NetworkUnreachableError when the server does not answer and NetworkRefusedError when
    it says no.
    """

    def __init__(self, api_url: str, clock: Callable[[], float] = time.time) -> None:
        split = urlsplit(api_url)
        if split.scheme != "http" or not split.hostname or not split.port or split.path.strip("/"):
            raise NetworkError(f"{api_url!r} is no address of a network server; valid is http://host:port")
        self._host, self._port = split.hostname, split.port
        self._clock = clock
        self._wire = Wire(api_url)
        self._proxies: dict[str, Proxy] = {}
        self._numbers = itertools.count(1)

    @contextmanager
    def _package(self) -> Iterator[Any]:
        """Lend the package, pointed at this server through our wire; everything is put back afterwards."""
        consumer = package_api.APIConsumer
        with _TURN:
            before = consumer.host, consumer.port, package_api.requests
            consumer.host, consumer.port, package_api.requests = self._host, self._port, self._wire
            try:
                yield toxiproxy.Toxiproxy()
            except (NotFound, ProxyExists, InvalidToxic) as error:
                status = {NotFound: 404, ProxyExists: 409}.get(type(error), 400)
                raise NetworkRefusedError("the call", status, str(error)) from error
            finally:
                consumer.host, consumer.port, package_api.requests = before

    def version(self) -> str:
        """Return the version of Toxiproxy's API that the server speaks, e.g. "2.12.0"."""
        with self._package() as server:
            answer = server.version()
        if answer is None:
            raise NetworkUnreachableError(f"http://{self._host}:{self._port}", "connection refused")
        return str(json.loads(answer)["version"])

    def create_proxy(self, name: str, upstream: str, *, probe_path: str = "/", listen: str = "127.0.0.1:0") -> Proxy:
        """Start a proxy in front of `upstream` (host:port) at `listen`, by default a free port of 127.0.0.1.

        `probe_path` is a path of the upstream that can be asked for without harm; a proof of a bandwidth, a
        data limit or slices needs an answer that is larger than what the fault lets through.
        """
        if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
            raise NetworkError(f"proxy name {name!r} is not usable; valid are letters, digits, '.', '_' and '-'")
        with self._package() as server:
            made = server.create(upstream, name, listen=listen)
        proxy = Proxy(made.name, made.listen, made.upstream, probe_path)
        self._proxies[name] = proxy
        return proxy

    def remove_proxy(self, name: str) -> None:
        """End a proxy; one that does not exist is no error."""
        with self._package() as server:
            server.destroy(server.get_proxy(name))
        self._proxies.pop(name, None)

    @contextmanager
    def fault(
        self, proxy: str, toxic: str, *, stream: str = "downstream", toxicity: float = 1.0, **attributes: int
    ) -> Iterator[NetworkFault]:
        """Add a toxic on enter, remove it on exit, also after an error.

        Attributes and units are Toxiproxy's: `latency`, `jitter`, `timeout` and slow_close's `delay` in ms,
        slicer's `delay` in microseconds, `rate` in KB/s, `bytes`. UnknownFaultError is for a proxy, toxic,
        stream or attribute that does not exist. The block's fault is probed before it ends, unless
        `proven()` was asked in it.
        """
        target = self._known_proxy(proxy)
        checked(toxic, stream, toxicity, attributes)
        body = {
            "name": f"{toxic}_{stream}_{next(self._numbers)}",
            "type": toxic,
            "stream": stream,
            "toxicity": toxicity,
            "attributes": attributes,
        }
        prospect = Prospect(target.listen, target.probe_path, toxic, stream, toxicity, attributes)
        fault = NetworkFault(str(body["name"]), proxy, json.dumps(body), prospect, self._clock)
        self._with_toxics(proxy, lambda managed: managed.add_toxic(**body))
        fault.started = self._clock()
        try:
            yield fault
            fault.proven()
        finally:
            self._with_toxics(proxy, lambda managed: managed.destroy_toxic(body["name"]))
            fault.ended = self._clock()

    @contextmanager
    def down(self, proxy: str) -> Iterator[NetworkFault]:
        """Close a proxy on enter (connections end, new ones are refused), open it again on exit."""
        target = self._known_proxy(proxy)
        prospect = Prospect(target.listen, target.probe_path, "down", "both", 1.0, {})
        definition = json.dumps({"enabled": False})
        fault = NetworkFault(f"down_{next(self._numbers)}", proxy, definition, prospect, self._clock)
        self._with_toxics(proxy, lambda managed: managed.disable())
        fault.started = self._clock()
        try:
            yield fault
            fault.proven()
        finally:
            self._with_toxics(proxy, lambda managed: managed.enable())
            fault.ended = self._clock()

    def reset(self) -> None:
        """Open all proxies and remove all toxics."""
        with self._package() as server:
            server.reset()

    def _with_toxics(self, proxy: str, act: Callable[[Any], object]) -> None:
        with self._package() as server:
            managed = server.get_proxy(proxy)
            if managed is None:
                raise NetworkRefusedError(f"proxy {proxy!r}", 404, "proxy not found")
            act(managed)

    def _known_proxy(self, name: str) -> Proxy:
        if name not in self._proxies:
            raise UnknownFaultError("proxy", name, self._proxies)
        return self._proxies[name]


def checked(toxic: str, stream: str, toxicity: float, attributes: dict[str, int]) -> None:
    """Raise UnknownFaultError for what the server would ignore in silence or refuse without a reason."""
    if toxic not in TOXICS:
        raise UnknownFaultError("toxic", toxic, TOXICS)
    if stream not in {"upstream", "downstream"}:
        raise UnknownFaultError("stream", stream, ("upstream", "downstream"))
    valid = TOXICS[toxic]().attributes()
    for name, value in attributes.items():
        if name not in valid:
            raise UnknownFaultError(f"attribute of {toxic}", name, valid)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise UnknownFaultError(f"value of {name}", value, ["whole numbers from 0"])
    if not 0 <= toxicity <= 1:
        raise UnknownFaultError("toxicity", toxicity, ["a share of connections from 0 to 1"])
