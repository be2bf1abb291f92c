"""`python -m hotline` is the command `hotline`."""

import sys

from hotline.cli.main import main

sys.exit(main())
