"""The mail server (SMTP_URL), or a Maildir where none is set. Tells what happened, or that it is not certain.

SMTP_URL: smtp://[user:password@]host[:port][?starttls=1] or smtps://[user:password@]host[:port].
STARTTLS is used where it is asked for, and wherever a password is sent to another machine.
"""

from __future__ import annotations

import contextlib
import mailbox
import re
import smtplib
import ssl
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import parseaddr
from functools import cache
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

# Seconds for each answer of the server; far below the lease of a notice that is being sent.
TIMEOUT = 20
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
# The server wants us to sign in: our own settings are wrong, not the recipient's address.
_OUR_FAULT = frozenset({530, 534, 535, 538})
# Refusals of RCPT that are about the address. What is refused for a policy (5.7.x) may be about us.
_NO_SUCH_ADDRESS = frozenset({550, 551, 553})
_POLICY = re.compile(r"5\.7\.\d+")
# So many mails by one connection, as mail servers like it; and from so many seconds of silence on, it is asked first.
MAILS_PER_CONNECTION = 100
SILENCE = 1.0
# Bytes. No mail of ours comes near it; one that does is a mistake that no mail server should get.
LARGEST = 10 * 1024 * 1024


class MailError(Exception):
    """A mail did not leave; the text is what staff read."""


class TemporaryMailError(MailError):
    """For certain not sent; trying again later makes sense."""


class Unreachable(TemporaryMailError):
    """The mail server cannot be reached at all: no other mail leaves now either."""


class PermanentMailError(MailError):
    """For certain not sent, and refused for good (5xx)."""


class AddressRefused(PermanentMailError):
    """Refused for good because of its address."""


class TooLarge(MailError):
    """Nothing was sent: a mail of this size is a mistake."""


class UncertainMailError(MailError):
    """The connection broke after the text began to leave: only a person can find out."""


class Mailer(Protocol):
    """One connection that carries many mails. Not for use by several threads at once."""

    def open(self) -> None:
        """Connect, unless connected; raise Unreachable."""

    def send(self, mail: EmailMessage, *, before_data: Callable[[], None]) -> None:
        """Send one mail to its To address. `before_data` runs at the last moment before the text leaves."""

    def close(self) -> None:
        """Say goodbye; never raises."""

    def drop(self) -> None:
        """Let go of a connection that may be in the middle of something; never raises."""

    def another(self) -> Mailer | None:
        """Return a second connection to the same place, not yet open; None where a second would gain nothing."""


def mailer_for(smtp_url: str, maildir: str) -> Mailer:
    """Return the mailer that the settings ask for."""
    return SmtpMailer(smtp_url) if smtp_url else MaildirMailer(Path(maildir))


@cache
def _trust() -> ssl.SSLContext:
    """Whose certificates we trust; reading them costs more than a whole mail, so it is done once."""
    return ssl.create_default_context()


class SmtpMailer:
    """SMTP with one connection for many mails, opened when it is needed and again when it broke."""

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        self._url = url
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("SMTP_URL must be smtp://host:port or smtps://host:port")
        self._host = parts.hostname
        self._tls = parts.scheme == "smtps"
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        wanted = parse_qs(parts.query).get("starttls", [""])[0].lower()
        remote_password = bool(self._user) and self._host not in _LOCAL
        self._starttls = not self._tls and (wanted in ("1", "true", "yes", "on") or (remote_password and not wanted))
        self._port = parts.port or (465 if self._tls else 587 if self._starttls else 25)
        self._timeout = timeout
        self._connection: smtplib.SMTP | None = None
        self._carried = 0
        self._used_at = 0.0

    def open(self) -> None:
        if self._connection is not None and self._carried >= MAILS_PER_CONNECTION:
            self.close()
        if self._connection is not None and time.monotonic() - self._used_at > SILENCE and not self._answers():
            self.drop()
        if self._connection is not None:
            return
        try:
            self._connection, self._carried = self._connect(), 0
            self._used_at = time.monotonic()
        except (OSError, smtplib.SMTPException) as fault:
            raise Unreachable(f"The mail server does not answer: {_words(fault)}") from fault

    def _answers(self) -> bool:
        """Ask whether the other side still listens."""
        assert self._connection is not None
        try:
            return self._connection.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def _connect(self) -> smtplib.SMTP:
        connection: smtplib.SMTP
        if self._tls:
            connection = smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=_trust())
        else:
            connection = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        try:
            connection.ehlo_or_helo_if_needed()
            if self._starttls:
                connection.starttls(context=_trust())
                connection.ehlo()
            if self._user:
                connection.login(self._user, self._password)
        except BaseException:
            connection.close()
            raise
        return connection

    def send(self, mail: EmailMessage, *, before_data: Callable[[], None]) -> None:
        content = mail.as_bytes()
        if len(content) > LARGEST:
            raise TooLarge(f"The mail has {len(content)} bytes; at most {LARGEST} leave.")
        connection = self._addressed(mail)
        self._carried += 1
        try:
            before_data()
        except BaseException:
            self._reset(connection)
            raise
        try:
            code, answer = connection.data(content)
        except smtplib.SMTPDataError as refusal:  # it did not even want the text
            self._refuse(connection, refusal.smtp_code, refusal.smtp_error)
        except (OSError, smtplib.SMTPException) as fault:
            self.drop()
            raise UncertainMailError(f"The connection broke while the mail was leaving: {_words(fault)}") from fault
        else:
            self._used_at = time.monotonic()
            if code == 250:
                return
            if not 400 <= code < 600:
                self.drop()
                raise UncertainMailError(f"The mail server answered something unknown: {_answer(code, answer)}")
            self._refuse(connection, code, answer)

    def _addressed(self, mail: EmailMessage) -> smtplib.SMTP:
        """Return the connection with the envelope said; one that was closed meanwhile is opened anew, once."""
        was = self._connection
        self.open()
        assert self._connection is not None
        try:
            self._envelope(self._connection, mail)
        except TemporaryMailError:
            if was is None or self._connection is not None:
                raise
            self.open()
            assert self._connection is not None
            self._envelope(self._connection, mail)
        return self._connection

    def _envelope(self, connection: smtplib.SMTP, mail: EmailMessage) -> None:
        """MAIL and RCPT: until here nothing has left."""
        sender = parseaddr(str(mail["From"]))[1]
        recipient = parseaddr(str(mail["To"]))[1]
        options: list[str] = []
        if not (sender + recipient).isascii():
            if not connection.has_extn("smtputf8"):
                raise PermanentMailError("The mail server cannot take an address with letters outside of ASCII.")
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        try:
            code, answer = connection.mail(sender, options)
            of_address = code == 250
            if of_address:
                code, answer = connection.rcpt(recipient)
        except (OSError, smtplib.SMTPException) as fault:
            self.drop()
            raise TemporaryMailError(f"The connection broke before the mail left: {_words(fault)}") from fault
        if code not in (250, 251):
            self._refuse(connection, code, answer, of_address=of_address)

    def _refuse(self, connection: smtplib.SMTP, code: int, answer: bytes | str, *, of_address: bool = False) -> None:
        if code == 421:  # it hangs up
            self.drop()
        else:
            self._reset(connection)
        if code in _OUR_FAULT:
            raise Unreachable(f"The mail server wants another sign-in: {_answer(code, answer)}")
        if of_address and code in _NO_SUCH_ADDRESS and not _POLICY.search(_answer(code, answer)):
            raise AddressRefused(_answer(code, answer))
        if 500 <= code < 600:
            raise PermanentMailError(_answer(code, answer))
        raise TemporaryMailError(_answer(code, answer))

    def _reset(self, connection: smtplib.SMTP) -> None:
        try:
            connection.rset()
        except (OSError, smtplib.SMTPException):
            self.drop()

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()

    def drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def another(self) -> Mailer:
        return type(self)(self._url, self._timeout)


class MaildirMailer:
    """Mails as files in a folder, which any mail program and the demo's inbox can show."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._box: mailbox.Maildir | None = None

    def open(self) -> None:
        if self._box is None:
            try:
                self._folder.parent.mkdir(parents=True, exist_ok=True)
                self._box = mailbox.Maildir(self._folder, create=True)
            except OSError as fault:
                raise Unreachable(f"The mail folder cannot be written: {_words(fault)}") from fault

    def send(self, mail: EmailMessage, *, before_data: Callable[[], None]) -> None:
        self.open()
        assert self._box is not None
        before_data()
        try:
            # Written under tmp/ and moved into new/ at once: there is no half of it.
            self._box.add(mail.as_bytes())
        except OSError as fault:
            raise TemporaryMailError(f"The mail folder cannot be written: {_words(fault)}") from fault

    def close(self) -> None:
        self._box = None

    def drop(self) -> None:
        self._box = None

    def another(self) -> None:
        return None


def _words(fault: BaseException) -> str:
    return f"{type(fault).__name__}: {fault}"[:300]


def _answer(code: int, answer: bytes | str) -> str:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return f"{code} {' '.join(text.split())}"[:300]
