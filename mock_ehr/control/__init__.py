"""The control API: how a test looks into the mock EHR and steers it, on a port that no gateway is told about."""

from mock_ehr.control.api import Control

__all__ = ["Control"]
