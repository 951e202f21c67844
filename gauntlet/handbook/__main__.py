"""`python -m gauntlet.handbook DOCS`: write every generated page below the folder DOCS."""

import sys
from pathlib import Path

from gauntlet.errors import GauntletError
from gauntlet.handbook.pages import write_pages
from gauntlet.verdict import ExitCode

if __name__ == "__main__":
    try:
        write_pages(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
    except GauntletError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(ExitCode.HARNESS_ERROR)
