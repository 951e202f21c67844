"""When people come to an emergency department.

The numbers are ours; they are chosen so that the patients present, each for about three hours, are as CDC/NCHS found
them (Pitts et al., National Hospital Ambulatory Medical Care Survey 2006, National Health Statistics Reports 7, 2008):
fewest at 6 a.m., most at 7 p.m., three times as many. Clinics need no such table: their slots are as full in the first
hour as in the last.
"""

from __future__ import annotations

from synthetic.dice import weighted

_BY_HOUR = (28, 25, 23, 21, 19, 19, 20, 28, 38, 47, 52, 54, 55, 55, 55, 56, 57, 59, 60, 59, 54, 48, 41, 34)
EMERGENCY_HOURS = weighted(dict(enumerate(_BY_HOUR)), sum(_BY_HOUR))
