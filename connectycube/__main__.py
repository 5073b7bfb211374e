"""`python -m connectycube`."""

import sys

from connectycube.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
