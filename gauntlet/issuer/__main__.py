"""`python -m gauntlet.issuer`: see `gauntlet.issuer.server`."""

import sys

from gauntlet.issuer.server import main

if __name__ == "__main__":
    sys.exit(main())
