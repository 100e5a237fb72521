"""A real SMTP server that keeps what it is given, and refuses where a test tells it to."""

import email
import email.policy
import socket
import time
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class SmtpServer:
    """What arrived, in order; and what to answer instead of accepting."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[tuple[str, ...]] = []
        self.peers: list[tuple[str, int]] = []  # who brought each: one for each connection
        self.unknown: dict[str, str] = {}  # address -> how RCPT is refused
        self.refusals: list[str] = []  # answers to the next messages, for example "451 4.7.1 later"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    @property
    def url(self) -> str:
        """The value of SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, in a thread of its own."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Stop listening: connections are refused until the next start."""
        self._controller.stop(no_assert=True)

    def clear(self) -> None:
        """Forget everything."""
        self.messages.clear()
        self.recipients.clear()
        self.peers.clear()
        self.unknown.clear()
        self.refusals.clear()

    def to(self, address: str) -> list[EmailMessage]:
        """What arrived for one person, in order."""
        pairs = zip(self.messages, self.recipients, strict=True)
        return [message for message, recipients in pairs if address in recipients]

    def wait_for(self, count: int, seconds: float = 15) -> list[EmailMessage]:
        """Wait until so many have arrived, for mails that workers send; return all."""
        deadline = time.monotonic() + seconds
        while len(self.messages) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(self.messages) >= count, f"{len(self.messages)} of {count} mails: {self.subjects()}"
        return self.messages

    def subjects(self) -> list[str]:
        """The subject of each mail."""
        return [str(message["Subject"]) for message in self.messages]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """aiosmtpd's hook."""
        if address in self.unknown:
            return self.unknown[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """aiosmtpd's hook."""
        if self.refusals:
            return self.refusals.pop(0)
        content = envelope.original_content or b""
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.recipients.append(tuple(envelope.rcpt_tos))
        self.peers.append(session.peer)
        self.messages.append(message)
        return "250 2.0.0 accepted"
