"""A mail server for measuring, in a process of its own: writes each Message-ID down, and nothing else.

python -m bench.sink PORT FILE [MILLISECONDS]

The last is how far away it is: so long each of its answers takes.
"""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


class Sink:
    """Takes every mail."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """aiosmtpd's hook."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        found = _ID.search(content)
        self._file.write((found[1] if found else b"-") + b"\n")
        return "250 2.0.0 accepted"


class FarAway(SMTP):
    """Answers later."""

    seconds = 0.0

    async def push(self, status: str | bytes) -> None:
        """aiosmtpd's way out; an answer of several lines is one."""
        text = status if isinstance(status, str) else status.decode()
        if self.seconds and text[3:4] != "-":
            await asyncio.sleep(self.seconds)
        await super().push(text)


async def serve(port: int, path: Path, seconds: float) -> None:
    """Listen until told to stop."""
    FarAway.seconds = seconds
    loop = asyncio.get_running_loop()
    sink = Sink(path)
    server = await loop.create_server(lambda: FarAway(sink, loop=loop), "127.0.0.1", port)
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    print("ready", flush=True)
    await stopped.wait()
    server.close()


if __name__ == "__main__":
    delay = float(sys.argv[3]) / 1000 if len(sys.argv) > 3 else 0.0
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), delay))
