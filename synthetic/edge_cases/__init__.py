"""The edge-case catalogue: what is legal and nasty, what is wrong, and what a gateway has to do about each."""
