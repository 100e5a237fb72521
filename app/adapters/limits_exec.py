"""Sets limits on itself, then becomes the given command: `limits_exec.py MEMORY CPU FILE COMMAND...`.

Run by path, not imported: setting limits between fork and exec in a threaded process is not safe.
"""

import os
import resource
import sys


def _limit(kind: int, value: int) -> None:
    if value <= 0:
        return
    try:
        resource.setrlimit(kind, (value, value))
    except (ValueError, OSError):  # macOS has no address space limit; the time limit still holds
        return


if __name__ == "__main__":
    memory, cpu, file_size = (int(word) for word in sys.argv[1:4])
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_CPU, cpu)
    _limit(resource.RLIMIT_FSIZE, file_size)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execv(sys.argv[4], sys.argv[4:])
