"""What a flex template's launcher runs: ``taurus-beam fit``, with the template's parameters."""

import sys

from taurus_beam.cli import main

if __name__ == "__main__":
    sys.argv[1:1] = ["fit", "--preprocessing", "/template/preprocessing.py"]
    main()
