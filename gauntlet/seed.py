"""The seed that everything random is drawn from when none is given."""

from __future__ import annotations

DEFAULT_SEED = 20261121
