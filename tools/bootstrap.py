"""Make the environment in .venv: needs Python 3.11+ and nothing else; at once when nothing has changed.

python3 tools/bootstrap.py          what the product runs on
python3 tools/bootstrap.py --dev    and what the tests and checks need
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"


def main() -> int:
    """Bring the environment up to date; print only when there is something to do."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this very file may be run by an older one
        print(f"Placewell needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        return 1
    names = ["requirements.txt", "requirements-dev.txt"] if "--dev" in sys.argv else ["requirements.txt"]
    # Two `make` at once would disturb each other; the lock needs no file of its own.
    with (ROOT / "requirements.txt").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _venv_works():
            _make_venv()
        if not all(_stamp(name).exists() for name in names):
            _install(names)
        _fonts()
    return 0


def _stamp(name: str) -> Path:
    """A file whose name says which requirements, for which Python, are in the environment."""
    content = (ROOT / name).read_bytes() + (VENV / "pyvenv.cfg").read_bytes()
    return VENV / f".installed-{name.removesuffix('.txt')}-{hashlib.sha256(content).hexdigest()[:16]}"


def _venv_works() -> bool:
    """False as well where the Python beneath it is gone or the folder was moved."""
    if not PYTHON.exists() or not (VENV / "pyvenv.cfg").exists():
        return False
    probe = "import sys; print(sys.version_info >= (3, 11) and sys.prefix)"
    answer = subprocess.run([PYTHON, "-c", probe], capture_output=True, text=True)
    return answer.returncode == 0 and Path(answer.stdout.strip()).resolve() == VENV.resolve()


def _make_venv() -> None:
    print("Making the environment in .venv ...", flush=True)
    if VENV.exists():
        shutil.rmtree(VENV)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True)
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        print(made.stdout, made.stderr)
        sys.exit("Python could not make an environment. On Debian and Ubuntu: apt-get install python3-venv")


def _install(names: list[str]) -> None:
    started = time.monotonic()
    print(f"Installing what {' and '.join(names)} name{'s' if len(names) == 1 else ''} ...", flush=True)
    for old in VENV.glob(".installed-*"):
        if any(old.name.startswith(f".installed-{name.removesuffix('.txt')}-") for name in names):
            old.unlink()
    files = [word for name in names for word in ("-r", name)]
    if not (_install_with_uv(files) or _install_with_pip(files)):
        sys.exit("The packages could not be installed: see the messages above.")
    for name in names:
        _stamp(name).touch()
    print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)


def _install_with_uv(files: list[str]) -> bool:
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not UV.exists() and subprocess.run([*pip, "uv"]).returncode != 0:
        return False
    command = [UV, "pip", "install", "--python", PYTHON, "--quiet", "--require-hashes", *files]
    options = subprocess.run([UV, "pip", "install", "--help"], capture_output=True, text=True).stdout
    if "--system-certs" in options:  # behind a proxy that has a certificate of its own
        command.append("--system-certs")
    if subprocess.run(command, cwd=ROOT).returncode == 0:
        return True
    print("uv did not manage; trying pip.", flush=True)
    return False


def _install_with_pip(files: list[str]) -> bool:
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    return subprocess.run([*command, *files], cwd=ROOT).returncode == 0


def _fonts() -> None:
    """Pages work without the fonts: a failure is told, not fatal."""
    script, built = ROOT / "tools" / "fonts.py", ROOT / "app" / "static" / "built" / "fonts" / ".complete"
    if built.exists() and built.stat().st_mtime > script.stat().st_mtime:
        return
    if subprocess.run([PYTHON, script], cwd=ROOT, env={**os.environ}).returncode != 0:
        print("The fonts could not be built; pages will use the system's.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
