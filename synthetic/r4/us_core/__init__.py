"""US Core 6.1.0 (http://hl7.org/fhir/us/core/STU6.1/): the profiles of a resource and what they ask beyond R4."""

from synthetic.r4.us_core.selection import profiles_for
from synthetic.r4.us_core.validation import us_core_problems

__all__ = ["profiles_for", "us_core_problems"]
