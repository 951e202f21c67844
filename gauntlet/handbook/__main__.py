"""`python -m gauntlet.handbook DOCS`: write every generated page below the folder DOCS."""

import sys
from pathlib import Path

from gauntlet.handbook.pages import write_pages

if __name__ == "__main__":
    write_pages(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
