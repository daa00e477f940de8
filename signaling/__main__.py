"""`python -m signaling` is the command `visite`."""

import sys

from signaling.cli import main

if __name__ == "__main__":
    sys.exit(main())
