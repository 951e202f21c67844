"""The contracts of four consumers, as their authors would write them with pact-python; `publish` writes the pact files.

Needs the extra `contract`. A gateway is verified by the published files, not by these modules.
"""
