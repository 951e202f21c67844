"""Mutual TLS in the lab: what the gateway gets of it by placeholders, and what consumers need to get in."""

from __future__ import annotations

import ssl
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from gauntlet import ports
from gauntlet.certificates import NAME, Signer, authority, client, read_authority, server
from gauntlet.launch import write_private
from gauntlet.target import Target

FOLDER = "gateway-tls"
KEY_FILE = f"{FOLDER}/gateway.key"  # lives as long as the lab
CA_FILE = f"{FOLDER}/ca.pem"
PORT = "gateway.mtls_port"


class MutualTls:
    """The authority of one run, the gateway's certificate and those of its clients, each made at its first need."""

    def __init__(self, target: Target, run_dir: Path, now: Callable[[], float] = time.time) -> None:
        claim, beside = target.file.claims.mtls, target.path.parent
        self._now = datetime.fromtimestamp(int(now()), UTC)
        given = beside / claim.authority if claim and claim.authority else None
        self._root = read_authority(given) if given else authority(NAME, self._now)
        self._run_dir = run_dir
        self._clients: dict[str, Signer] = {}
        self.trusted = beside / claim.trusted if claim and claim.trusted else run_dir / CA_FILE

    def values(self) -> dict[str, str]:
        """Write authority, certificate and key for the gateway; return the placeholders that name them."""
        own = server(self._root, self._now).issued
        files = {
            "mtls.ca_file": (CA_FILE, self._root.chain),
            "mtls.certificate_file": (f"{FOLDER}/gateway.pem", own.certificate),
            "mtls.key_file": (KEY_FILE, own.key),
        }
        for name, content in files.values():
            write_private(self._run_dir / name, content.decode())
        paths = {placeholder: str((self._run_dir / name).resolve()) for placeholder, (name, _) in files.items()}
        return {PORT: str(ports.free_port()), **paths}

    def client(self, kind: str) -> Signer:
        """Return the client's certificate of a kind (`gauntlet.certificates.CLIENTS`)."""
        if kind not in self._clients:
            self._clients[kind] = client(kind, self._root, self._now)
        return self._clients[kind]

    def context(self, kind: str | None) -> ssl.SSLContext:
        """Return a client's TLS context: it trusts the gateway's authority and shows the certificate, None for none."""
        context = ssl.create_default_context(cafile=str(self.trusted))
        if kind is not None:
            show(context, self.client(kind))
        return context


def show(context: ssl.SSLContext, shown: Signer) -> None:
    """Let a context show a certificate; the interface takes files alone, which are gone again afterwards."""
    issued = shown.issued
    with tempfile.TemporaryDirectory(prefix="gauntlet-tls-") as folder:
        file = Path(folder) / "client.pem"
        write_private(file, (issued.key + issued.certificate).decode())
        context.load_cert_chain(file)


def mutual_tls_of(target: Target, run_dir: Path) -> MutualTls | None:
    """Return the mutual TLS of a target that claims it. Raises TargetError for an authority that cannot be read."""
    return MutualTls(target, run_dir) if target.file.claims.mtls else None
