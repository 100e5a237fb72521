"""`make check`: style, types, templates, import contracts, migrations. Runs all, then tells what failed."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
# Rendering SQL asks no database; the address only names the dialect.
NO_DATABASE = "postgresql+psycopg://nobody@/nothing"

CHECKS = {
    "style": [[BIN / "ruff", "check", "."], [BIN / "ruff", "format", "--check", "."]],
    "types": [[BIN / "mypy"]],
    "templates": [[BIN / "djlint", "templates", "--lint", "--quiet"]],
    "imports": [[BIN / "lint-imports", "--no-logo"]],
}


def main() -> int:
    """Run every check, even after a failure; 1 when any failed."""
    failed = []
    for name, commands in CHECKS.items():
        started = time.monotonic()
        if not all([_passes(command) for command in commands]):
            failed.append(name)
        _tell(name, name not in failed, started)
    started = time.monotonic()
    if not _migrations():
        failed.append("migrations")
    _tell("migrations", "migrations" not in failed, started)
    print(f"Failed: {', '.join(failed)}." if failed else "All checks passed.")
    return 1 if failed else 0


def _tell(name: str, passed: bool, started: float) -> None:
    print(f"{name:<11} {'ok' if passed else 'FAILED'} ({time.monotonic() - started:.1f} s)", flush=True)


def _passes(command: list[str | Path], **options: object) -> bool:
    """Run it; print what it says only where it fails."""
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, **options)
    if answer.returncode != 0:
        print(answer.stdout + answer.stderr, flush=True)
    return answer.returncode == 0


def _migrations() -> bool:
    """Render every migration as SQL, without a database, and have squawk read it."""
    environment = {**os.environ, "DATABASE_URL": NO_DATABASE, "DATABASE_OWNER_URL": NO_DATABASE}
    command = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade", "--sql"]
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if answer.returncode != 0:
        print(answer.stdout + answer.stderr)
        return False
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(answer.stdout)
        file.flush()
        return _passes([BIN / "squawk", "--config", ROOT / ".squawk.toml", file.name])


if __name__ == "__main__":
    sys.exit(main())
