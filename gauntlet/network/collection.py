"""The proxies of one server and the changes the API makes to them."""

from __future__ import annotations

import dataclasses
from typing import Any

from gauntlet.network.proxy import DIRECTIONS, Proxy
from gauntlet.network.standalone import joined, loopback_address
from gauntlet.network.toxics import TOXICS, NamedToxic, Toxic

Document = dict[str, Any]


class ApiError(Exception):
    """An error as the Toxiproxy API answers it: a text and an HTTP status."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.text, self.status = text, status


def bad_body(reason: str) -> ApiError:
    """Return the error for a request body that can't be used."""
    return ApiError(f"bad request body: {reason}", 400)


def missing(field: str) -> ApiError:
    """Return the error for a field that is mandatory."""
    return ApiError(f"missing required field: {field}", 400)


def field(document: Document, name: str, kind: type, default: Any) -> Any:
    """Return a field of a request body, or the default when it is absent or null.

    Raises ApiError 400 when it is of another type; an int counts as a float, a bool never as a number.
    """
    value = document.get(name)
    if value is None:
        return default
    kinds = (int, float) if kind is float else (kind,)
    if not isinstance(value, kinds) or (isinstance(value, bool) and kind is not bool):
        raise bad_body(f"{name} is {value!r}, it must be of type {kind.__name__}")
    return value


def proxy_document(proxy: Proxy) -> Document:
    """Return a proxy as the API shows it."""
    return {
        "name": proxy.name,
        "listen": proxy.listen,
        "upstream": proxy.upstream,
        "enabled": proxy.enabled,
        "Logger": {},
        "toxics": [toxic_document(named) for named in proxy.toxics()],
    }


def toxic_document(named: NamedToxic) -> Document:
    """Return a toxic as the API shows it."""
    toxicity = int(named.toxicity) if named.toxicity == int(named.toxicity) else named.toxicity
    return {
        "attributes": named.toxic.attributes(),
        "name": named.name,
        "type": named.toxic.kind,
        "stream": named.stream,
        "toxicity": toxicity,
    }


class ProxyCollection:
    """All proxies of one server, by name. Raises ApiError with the API's own texts and statuses."""

    def __init__(self, seed: int) -> None:
        self.proxies: dict[str, Proxy] = {}
        self._seed = seed

    def get(self, name: str) -> Proxy:
        """Return the proxy of that name."""
        if name not in self.proxies:
            raise ApiError("proxy not found", 404)
        return self.proxies[name]

    def toxic(self, proxy: str, name: str) -> NamedToxic:
        """Return a toxic of a proxy."""
        named = self.get(proxy).find(name)
        if named is None:
            raise ApiError("toxic not found", 404)
        return named

    async def create(self, body: Document) -> Proxy:
        """Add a proxy; it listens at once unless `enabled` is false."""
        proxy = self._proxy(body, "")
        enabled = field(body, "enabled", bool, True)
        if proxy.name in self.proxies:
            raise ApiError("proxy already exists", 409)
        if enabled:
            await proxy.start()
        self.proxies[proxy.name] = proxy
        return proxy

    def _proxy(self, body: Document, where: str) -> Proxy:
        name, listen, upstream = (field(body, key, str, "") for key in ("name", "listen", "upstream"))
        if not name:
            raise missing(f"name{where}")
        if not upstream:
            raise missing(f"upstream{where}")
        return Proxy(name, listen, upstream, self._seed)

    async def populate(self, bodies: list[Document], done: list[Proxy]) -> None:
        """Create or replace proxies, but leave alone what is the same; `done` receives them one by one."""
        wanted = [self._proxy(body, f" at proxy {number}") for number, body in enumerate(bodies, start=1)]
        switches = [field(body, "enabled", bool, True) for body in bodies]
        for proxy, enabled in zip(wanted, switches, strict=True):
            existing = self.proxies.get(proxy.name)
            if existing and not differs(existing, proxy.listen, proxy.upstream):
                done.append(existing)
                continue
            if existing:
                await existing.remove()
                del self.proxies[proxy.name]
            if enabled:
                await proxy.start()
            self.proxies[proxy.name] = proxy
            done.append(proxy)

    async def change(self, name: str, body: Document) -> Proxy:
        """Change listen, upstream or enabled of a proxy; another address drops its connections."""
        proxy = self.get(name)
        listen = field(body, "listen", str, proxy.listen)
        upstream = field(body, "upstream", str, proxy.upstream)
        enabled = field(body, "enabled", bool, proxy.enabled)
        if differs(proxy, listen, upstream):
            await proxy.move(listen, upstream)
        if enabled and not proxy.enabled:
            await proxy.start()
        elif proxy.enabled and not enabled:
            await proxy.stop()
        return proxy

    async def remove(self, name: str) -> None:
        """Delete a proxy and close all its connections."""
        await self.get(name).remove()
        del self.proxies[name]

    async def reset(self) -> None:
        """Start all proxies, remove all toxics."""
        for proxy in self.proxies.values():
            await proxy.start()
            for named in proxy.toxics():
                proxy.take_out(named)

    async def close(self) -> None:
        """Close everything."""
        for proxy in self.proxies.values():
            await proxy.remove()

    def add_toxic(self, proxy_name: str, body: Document) -> NamedToxic:
        """Add a toxic to a proxy and its open connections."""
        proxy = self.get(proxy_name)
        kind, stream = field(body, "type", str, ""), field(body, "stream", str, "downstream")
        toxicity = field(body, "toxicity", float, 1.0)
        attributes = field(body, "attributes", dict, {})
        if stream.lower() not in DIRECTIONS:
            raise ApiError("stream was invalid, can be either upstream or downstream", 400)
        if kind not in TOXICS:
            raise ApiError("invalid toxic type", 400)
        name = field(body, "name", str, "") or f"{kind}_{stream}"
        if proxy.find(name):
            raise ApiError("toxic already exists", 409)
        named = NamedToxic(name, merged(TOXICS[kind](), attributes), stream, toxicity)
        proxy.add(named)
        return named

    def change_toxic(self, proxy_name: str, name: str, body: Document) -> NamedToxic:
        """Merge attributes and toxicity into a toxic."""
        named = self.toxic(proxy_name, name)
        toxicity = field(body, "toxicity", float, named.toxicity)
        named.toxic = merged(named.toxic, field(body, "attributes", dict, {}))
        named.toxicity = toxicity
        self.get(proxy_name).update(named)
        return named

    def remove_toxic(self, proxy_name: str, name: str) -> None:
        """Remove a toxic from a proxy and its open connections."""
        self.get(proxy_name).take_out(self.toxic(proxy_name, name))


def merged(toxic: Toxic, attributes: Document) -> Toxic:
    """Return `toxic` with new values for attributes it has.

    Raises ApiError 400 for one that is no integer.
    """
    own = toxic.attributes()
    return dataclasses.replace(toxic, **{name: field(attributes, name, int, own[name]) for name in own})


def differs(proxy: Proxy, listen: str, upstream: str) -> bool:
    """Return whether another address is asked for. Raises AddressError for one that can't be used."""
    same = listen == proxy.listen or joined(*loopback_address(listen or "127.0.0.1:0")) == proxy.listen
    return not same or upstream != proxy.upstream
