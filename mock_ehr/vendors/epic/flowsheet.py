"""Flowsheet rows that vital signs can be filed to, by LOINC code.

Which codes a site maps is its own choice; this is ours.
"""

from __future__ import annotations

from collections.abc import Mapping

LOINC = "http://loinc.org"
ROWS: Mapping[str, str] = {
    "85354-9": "5",  # blood pressure panel
    "8480-6": "5.1",
    "8462-4": "5.2",
    "8310-5": "6",  # body temperature
    "8867-4": "8",  # heart rate
    "9279-1": "9",  # respiratory rate
    "59408-5": "10",  # oxygen saturation by pulse oximetry
    "2708-6": "10.1",
    "8302-2": "11",  # body height
    "29463-7": "14",  # body weight
    "39156-5": "15",  # body mass index
    "9843-4": "16",  # head circumference
}
CODE_SYSTEM = "urn:oid:1.2.840.114350.1.13.0.1.7.2.707679"
LAB_CODE_SYSTEM = "urn:oid:1.2.840.114350.1.13.0.1.7.2.768282"
