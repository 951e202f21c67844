"""Unity: every call is a POST, every answer is rows of strings, and failure comes with status 200."""
