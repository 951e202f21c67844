"""Code tables and figures, each with its public source.

ICD-10-CM, LOINC, RxNorm, UCUM and HL7 code systems only.
"""
