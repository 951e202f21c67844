"""A vendor's or hospital's own checks: a folder that the target file names, maybe with requirements of its own."""

from __future__ import annotations

from gauntlet import places
from gauntlet.requirement import Catalogue, extended, load_catalogue
from gauntlet.target import Target

TABLE = "requirements.toml"


def catalogue_for(target: Target) -> Catalogue:
    """Return the suite's requirements, with those of the target's own checks.

    Raises UsageError when the own table is wrong, HarnessError when the suite's is.
    """
    catalogue = load_catalogue(places.bundled("suites") / TABLE)
    return catalogue if target.own_checks is None else extended(catalogue, target.own_checks / TABLE)
