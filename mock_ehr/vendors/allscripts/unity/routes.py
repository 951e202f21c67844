"""Paths of the Unity service. Case does not matter in them (U1 U2 U3)."""

from __future__ import annotations

SERVICE_WORDS = {
    "gettoken": "gettoken",
    "magicjson": "magic",
    "retiresecuritytoken": "retire",
}
ALIAS = "retiretoken"


def find_operation(path: str, unity_path: str, *, alias: bool) -> str:
    """Return gettoken, magic or retire; lost for any other path below the service, "" for one that is elsewhere."""
    rest = path.lower()
    start = f"{unity_path.lower()}/"
    if not rest.startswith(start):
        return ""
    parts = rest.removeprefix(start).rstrip("/").split("/")
    if len(parts) != 2 or parts[0] != "json":
        return "lost"
    if parts[1] == ALIAS:
        return "retire" if alias else "lost"
    return SERVICE_WORDS.get(parts[1], "lost")
