"""Several `flask` commands in one process: loading the product once instead of three times saves seconds.

python tools/prepare.py db upgrade -- program load FILE... -- demo prepare
"""

import sys
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click  # noqa: E402
from flask.cli import FlaskGroup  # noqa: E402

from app import create_app  # noqa: E402


def main(words: list[str]) -> int:
    """Run the commands in order; stop at the first that fails and return its code."""
    commands = [list(command) for separator, command in groupby(words, lambda word: word == "--") if not separator]
    app = create_app()
    group = FlaskGroup(create_app=lambda: app)
    for command in commands:
        try:
            code = group.main(args=command, prog_name="flask", standalone_mode=False)
        except click.ClickException as problem:
            problem.show()
            code = problem.exit_code
        except SystemExit as problem:
            code = problem.code
        if code:
            print(f"`flask {' '.join(command)}` failed.", file=sys.stderr)
            return code if isinstance(code, int) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
