"""Defects of the reference gateway: each replaces one component and breaks one requirement."""

from __future__ import annotations

from reference_gateway.defects.defect import Defect
from reference_gateway.defects.table import DEFECTS, parts_with

__all__ = ["DEFECTS", "Defect", "parts_with"]
