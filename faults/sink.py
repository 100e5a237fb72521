"""A mail server that keeps what it is given and misbehaves at a chosen moment of the conversation.

The moments, in order: "hello", "mail", "rcpt", "data" (before the text), "end" (the text is here and kept, the
answer has not left), "after" (the answer has left).
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

MOMENTS = ("hello", "mail", "rcpt", "data", "end", "after")
# What an action may answer instead of words for the sender: the line goes dead.
HANG_UP = "hang up"

Action = Callable[["Line"], Awaitable[str | None]]


class NotThisOne(Exception):
    """The action is not meant for this sender: it waits for another."""


@dataclass
class Script:
    """What to do at one moment, how often, and for whom (everybody where nothing is said)."""

    moment: str
    act: Action
    times: int = 1
    to: str | None = None
    every: int = 1  # act on each n-th that comes by
    seen: int = 0


@dataclass
class Arrival:
    """One accepted mail."""

    notice: UUID
    to: str
    at: float
    subject: str


@dataclass
class Sink:
    """Start, stop, and look at what arrived."""

    arrivals: list[Arrival] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    slowness: float = 0.0  # seconds for each text
    offers_tls: bool = False

    def __post_init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """The value of SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, in a thread of its own."""
        if self._controller is None:
            self._controller = _Controller(self, hostname="127.0.0.1", port=self.port)
            self._controller.start()

    def stop(self) -> None:
        """Refuse connections until the next start."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    def clear(self) -> None:
        """Forget everything, and behave."""
        self.arrivals.clear()
        self.scripts.clear()
        self.slowness, self.offers_tls = 0.0, False

    def on(self, moment: str, act: Action, *, times: int = 1, to: str | None = None, every: int = 1) -> Script:
        """Do this when somebody reaches that moment."""
        assert moment in MOMENTS
        script = Script(moment, act, times, to, every)
        self.scripts.append(script)
        return script

    def counts(self) -> Counter[UUID]:
        """How often each mail arrived, by its Message-ID."""
        return Counter(arrival.notice for arrival in list(self.arrivals))

    def to(self, address: str) -> list[Arrival]:
        """What arrived for one person."""
        return [arrival for arrival in list(self.arrivals) if arrival.to == address]

    # ---- hooks of aiosmtpd

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if self.offers_tls:
            responses.insert(-1, "250-STARTTLS")
        return responses

    async def handle_DATA(self, server: Line, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.slowness:
            await asyncio.sleep(self.slowness)
        message = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
        notice = UUID(str(message["Message-ID"]).strip("<>").partition("@")[0])
        arrival = Arrival(notice, envelope.rcpt_tos[0], time.monotonic(), str(message["Subject"]))
        answer = await server.at("end", arrival)
        if answer is not None and answer != HANG_UP and answer[:1] in "45":
            return answer
        if answer == HANG_UP:
            return "250 2.0.0 nobody hears this"
        server.accepted = True
        return answer or "250 2.0.0 accepted"


class Line(SMTP):
    """One conversation."""

    accepted = False
    arrived: Arrival | None = None

    @property
    def sink(self) -> Sink:
        """Whose conversation it is."""
        handler: Sink = self.event_handler
        return handler

    @property
    def peer_port(self) -> int:
        """The sender's port."""
        return int(self.session.peer[1])

    async def at(self, moment: str, arrival: Arrival | None = None) -> str | None:
        """Act as the first script for this moment says; at "end" the mail is kept first, unless it is refused."""
        whom = arrival.to if arrival else (self.envelope.rcpt_tos or [""])[0] if self.envelope else ""
        script = next(
            (one for one in self.sink.scripts if one.moment == moment and one.times > 0 and one.to in (None, whom)),
            None,
        )
        answer = None
        if script is not None:
            script.seen += 1
            if script.seen % script.every:
                script = None
        if arrival is not None:
            self.sink.arrivals.append(arrival)
        if script is not None:
            script.times -= 1
            try:
                answer = await script.act(self)
            except NotThisOne:
                script.times += 1
        if arrival is not None and answer is not None and answer[:1] in "45":
            self.sink.arrivals.remove(arrival)
        if answer == HANG_UP:
            self.transport.abort()
        return answer

    async def _stopped(self, moment: str) -> bool:
        answer = await self.at(moment)
        if answer is not None and answer != HANG_UP:
            await self.push(answer)
            if answer.startswith("421"):
                self.transport.close()
        return answer is not None

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802
        if not await self._stopped("hello"):
            await super().smtp_EHLO(hostname)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        if not await self._stopped("mail"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        address = (arg or "").partition("<")[2].partition(">")[0]
        self.envelope.rcpt_tos.append(address)  # so that a script may be for one person
        stopped = await self._stopped("rcpt")
        self.envelope.rcpt_tos.pop()
        if not stopped:
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if not await self._stopped("data"):
            await super().smtp_DATA(arg)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        """Promise TLS, then be silent for ever."""
        await self.push("220 2.0.0 ready")
        self.transport.abort()

    async def push(self, status: str) -> None:
        """Answer; after the answer that accepts a mail comes the last moment."""
        await super().push(status)
        if self.accepted:
            self.accepted = False
            await self.at("after")


class _Controller(Controller):
    def factory(self) -> SMTP:
        return Line(self.handler, **self.SMTP_kwargs)


def answers(words: str) -> Action:
    """Answer this, for example "451 4.7.1 later"."""

    async def act(_line: Line) -> str | None:
        return words

    return act


def waits(seconds: float, then: str | None = None) -> Action:
    """Say nothing for so long."""

    async def act(_line: Line) -> str | None:
        await asyncio.sleep(seconds)
        return then

    return act


async def hangs_up(_line: Line) -> str | None:
    """Drop the connection."""
    return HANG_UP


async def half_an_answer(line: Line) -> str | None:
    """Two of three digits, then nothing."""
    line.transport.write(b"25")
    await asyncio.sleep(0.05)
    return HANG_UP
