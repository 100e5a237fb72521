"""`python -m faults`."""

import sys

from faults import every  # noqa: F401 - importing it registers the faults, in the order of the table
from faults.runner import main

sys.exit(main())
