"""Readiness in front of Unity: Echo is the one action that needs no session."""

from __future__ import annotations

import aiohttp

from reference_gateway.health import Health
from reference_gateway.unity_settings import UnitySettings
from reference_gateway.unity_transport import magic


class UnityHealth(Health):
    """Judges readiness."""

    def __init__(self, *, unity: UnitySettings, base_url: str, **parts: object) -> None:
        super().__init__(ehr_base_url=base_url, **parts)  # type: ignore[arg-type]  # handed on as they are
        self._url = f"{base_url}/MagicJson"
        self._unity = unity

    async def _ehr_answers(self) -> bool:
        body = magic(self._unity, "Echo", "")
        try:
            async with self._session.post(self._url, json=body, timeout=self.probe_timeout()) as response:
                return response.status == 200 and b"echoinfo" in await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False
