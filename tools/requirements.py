"""`make requirements`: pin what the *.in files ask for, with hashes and without any registry's address."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = Path(sys.executable).with_name("uv")
OPTIONS = ["--universal", "--python-version", "3.11", "--generate-hashes", "--quiet"]
OPTIONS += ["--no-emit-index-url", "--no-annotate", "--no-header"]
ADDRESS = re.compile(r"://|^\s*--(index-url|extra-index-url|find-links|trusted-host)", re.MULTILINE)


def main() -> int:
    """Compile both files; fail where an address got into one."""
    # uv finds this on machines whose packages come through a proxy with a certificate of its own.
    environment = {**os.environ, "UV_SYSTEM_CERTS": "1"}
    for name in ("requirements", "requirements-dev"):
        target = ROOT / f"{name}.txt"
        upgrade = [] if "--upgrade" not in sys.argv else ["--upgrade"]
        command = [UV, "pip", "compile", f"{name}.in", "-o", target.name, *OPTIONS, *upgrade]
        if subprocess.run(command, cwd=ROOT, env=environment).returncode != 0:
            return 1
        if found := ADDRESS.search(target.read_text()):
            print(f"{target.name} holds an address ({found[0]!r}): it must not be committed.")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
