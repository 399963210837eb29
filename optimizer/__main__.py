"""optimizer/: python -m optimizer, in a checkout what `liteweigh` is where it is installed."""

import sys

from optimizer.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
