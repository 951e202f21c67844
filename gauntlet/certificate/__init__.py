"""Certificates: what a whole run bore out, as a signed folder that somebody who does not trust the vendor can check."""
