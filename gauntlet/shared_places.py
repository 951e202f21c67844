"""What all instances of the gateway find in one place: a folder for what they share, and the EHR's name."""

from __future__ import annotations

from pathlib import Path

FOLDER = "shared"
HOSTS = "hosts"


def make(run_dir: Path) -> dict[str, str]:
    """Make the folder and an empty hosts file (hosts(5)) below `run_dir`; return the placeholders that name them."""
    folder, hosts = run_dir / FOLDER, run_dir / HOSTS
    folder.mkdir(exist_ok=True)
    hosts.touch()
    return {"shared_dir": str(folder.resolve()), "ehr.hosts_file": str(hosts.resolve())}
