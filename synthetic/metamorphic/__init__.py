"""The same chart in two legal spellings, and the judge that says whether two resources mean the same."""
