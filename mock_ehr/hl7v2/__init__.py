"""HL7 v2 over MLLP: the EHR tells what happened, and takes orders (vendors.md 1.16, W, E8)."""
