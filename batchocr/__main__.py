"""`python -m batchocr` is `batchocr`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
