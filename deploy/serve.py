"""gunicorn by path: a new master of another release is started with the very same words (see reload_web.py).

`python -m gunicorn` would not do: at SIGUSR2 it is started again by the path of its __main__.py, whose folder
would then stand before the standard library.
"""

import sys

from gunicorn.app.wsgiapp import run

if __name__ == "__main__":
    sys.exit(run())
