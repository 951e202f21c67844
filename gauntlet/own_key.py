"""A rotation of the gateway's own key at the EHR, as its operators would do it: add, hand over, withdraw."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from joserfc.jwk import RSAKey

from gauntlet.ehr import Ehr
from gauntlet.lab import Lab
from gauntlet.placeholder import names_in
from gauntlet.upstream_key import write_key

PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi")
KEY_FILE = "ehr.key_file"


class OwnKeyRotation:
    """The gateway's key of this run: a file that the gateway reads, and a key set at the EHR."""

    def __init__(self, ehr: Ehr, client_id: str, file: Path, now_ns: Callable[[], int]) -> None:
        self._ehr = ehr
        self._client_id = client_id
        self._file = file
        self._now_ns = now_ns
        self._new: dict[str, Any] = public_keys(file)

    def secrets(self) -> set[str]:
        """Return what of the present private key must be written nowhere: its members, and the lines of its PEM."""
        return secrets_of(json.loads(self._file.read_bytes()))

    def hand_over(self) -> str:
        """Register a second key beside the present one, put it into the gateway's file; return its key id."""
        key_id = f"gauntlet-gateway-{self._now_ns()}"
        present = public_keys(self._file)
        draft = self._file.with_name(f"{self._file.name}.next")
        self._new = write_key(draft, key_id)
        self._ehr.register_keys(self._client_id, {"keys": [*present["keys"], *self._new["keys"]]})
        draft.replace(self._file)
        return key_id

    def withdraw_former(self) -> None:
        """Leave the new key alone at the EHR."""
        self._ehr.register_keys(self._client_id, self._new)


def public_keys(file: Path) -> dict[str, Any]:
    """Return the public key set of the private JWK in `file`. Raises OSError or ValueError."""
    return {"keys": [RSAKey.import_key(json.loads(file.read_bytes())).as_dict(private=False)]}


def secrets_of(jwk: Mapping[str, Any]) -> set[str]:
    """Return the private members of an RSA key (RFC 7518 section 6.3.2), and the lines of its PEM that hold them."""
    members = {str(jwk[name]) for name in PRIVATE_MEMBERS if name in jwk}
    lines = RSAKey.import_key(dict(jwk)).as_pem(private=True).decode("ascii").splitlines()
    public = len(str(jwk["n"])) // len(lines[1]) + 2  # the modulus comes first and is no secret
    return members | set(lines[1 + public : -2])


def replaceable(lab: Lab) -> bool:
    """Return whether the gateway reads its key from the lab's file."""
    table = lab.target.file.gateway.launch
    return table is not None and KEY_FILE in set(names_in([table.command, table.env, table.files]))
