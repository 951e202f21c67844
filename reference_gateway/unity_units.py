"""Units as people write them in Unity's texts, and their UCUM codes. A unit that is not here keeps its words alone.

Source: http://unitsofmeasure.org (UCUM, (c) Regenstrief Institute and the UCUM Organization).
"""

from __future__ import annotations

from collections.abc import Mapping

UCUM = "http://unitsofmeasure.org"

_SAME = (
    *("mg/dL", "g/dL", "g/L", "mg/L", "ug/dL", "ug/L", "ng/mL", "ng/dL", "pg/mL", "pg"),
    *("mmol/L", "umol/L", "nmol/L", "pmol/L", "mmol/mol", "meq/L", "mosm/kg", "U/L", "[IU]/L", "m[IU]/L", "u[IU]/mL"),
    *("%", "kg", "g", "mg", "[lb_av]", "[oz_av]", "m", "cm", "mm", "[in_i]", "kg/m2", "Cel", "[degF]", "K", "mm[Hg]"),
    *("/min", "/h", "/d", "s", "min", "h", "d", "mm/h", "mL", "L", "mL/min", "L/min", "mL/min/{1.73_m2}"),
    *("10*3/uL", "10*6/uL", "10*9/L", "10*12/L", "/uL", "fL"),
)
UNITS: Mapping[str, str] = {
    **{unit: unit for unit in _SAME},
    "mL/min/1.73m2": "mL/min/{1.73_m2}",
    "mIU/L": "m[IU]/L",
    "uIU/mL": "u[IU]/mL",
    "IU/L": "[IU]/L",
    "mEq/L": "meq/L",
    "mmHg": "mm[Hg]",
    "beats/minute": "/min",
    "breaths/minute": "/min",
    "bpm": "/min",
    "°C": "Cel",
    "degC": "Cel",
    "°F": "[degF]",
    "degF": "[degF]",
    "lb": "[lb_av]",
    "lbs": "[lb_av]",
    "oz": "[oz_av]",
    "in": "[in_i]",
    "µmol/L": "umol/L",
    "μmol/L": "umol/L",
    "K/uL": "10*3/uL",
    "x10^3/uL": "10*3/uL",
    "x10^9/L": "10*9/L",
}
