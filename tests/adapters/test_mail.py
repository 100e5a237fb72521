"""The mail server's answers, told apart: later, never, or nobody knows."""

import mailbox
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

from app.adapters.mail import (
    MaildirMailer,
    PermanentMailError,
    SmtpMailer,
    TemporaryMailError,
    UncertainMailError,
    Unreachable,
)
from tests.smtp import SmtpServer


def a_mail(to: str = "maya@example.org") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "PFJ <apply@example.org>", to, "Hello"
    mail.set_content("Text")
    return mail


@contextmanager
def scripted(*answers: bytes | None) -> Iterator[str]:
    """A server that greets, takes EHLO, then answers line for line; None hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 ready\r\n")
            script = [b"250 hello\r\n", *answers]
            for answer in script:
                line = lines.readline()
                if line[:4].upper() == b"RSET":
                    connection.sendall(b"250 ok\r\n")
                    line = lines.readline()
                if answer is None:
                    return
                connection.sendall(answer)
                if answer.startswith(b"354"):
                    while lines.readline() not in (b".\r\n", b""):
                        pass
            lines.readline()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    thread.join(2)


def test_one_connection_carries_many_mails(smtp_server: SmtpServer) -> None:
    mailer = SmtpMailer(smtp_server.url)
    stages: list[int] = []
    for _ in range(3):
        mailer.send(a_mail(), before_data=lambda: stages.append(len(smtp_server.messages)))
    mailer.close()
    assert stages == [0, 1, 2]
    assert len(smtp_server.to("maya@example.org")) == 3


@pytest.mark.parametrize("answer", ["451 4.7.1 later", "452 4.2.2 full", "421 4.3.2 going down"])
def test_a_4xx_is_for_later(smtp_server: SmtpServer, answer: str) -> None:
    smtp_server.refusals.append(answer)
    mailer = SmtpMailer(smtp_server.url)
    with pytest.raises(TemporaryMailError, match=answer[:3]):
        mailer.send(a_mail(), before_data=lambda: None)
    mailer.send(a_mail(), before_data=lambda: None)  # the connection is used again, or made again
    mailer.close()
    assert len(smtp_server.messages) == 1


@pytest.mark.parametrize("answer", ["550 5.1.1 unknown", "551 5.7.1 not here", "554 5.6.0 no"])
def test_a_5xx_is_for_good(smtp_server: SmtpServer, answer: str) -> None:
    smtp_server.refusals.append(answer)
    mailer = SmtpMailer(smtp_server.url)
    with pytest.raises(PermanentMailError, match=answer[:3]):
        mailer.send(a_mail(), before_data=lambda: None)
    mailer.close()


def test_a_server_that_is_away_is_unreachable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"smtp://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(Unreachable):
        SmtpMailer(url).send(a_mail(), before_data=lambda: pytest.fail("nothing may leave"))


def test_a_wrong_password_of_ours_is_not_the_recipients_fault() -> None:
    with scripted(b"250 ok\r\n", b"530 5.7.0 sign in first\r\n") as url, pytest.raises(Unreachable):
        SmtpMailer(url, timeout=2).send(a_mail(), before_data=lambda: None)


def test_a_connection_that_breaks_before_the_text_is_for_later() -> None:
    with scripted(b"250 ok\r\n", None) as url, pytest.raises(TemporaryMailError):
        SmtpMailer(url, timeout=2).send(a_mail(), before_data=lambda: pytest.fail("nothing may leave"))


@pytest.mark.parametrize("last", [None, b"2", b"hello\r\n"])
def test_a_connection_that_breaks_after_the_text_began_is_uncertain(last: bytes | None) -> None:
    answers = [b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", *([last] if last else [])]
    with scripted(*answers) as url, pytest.raises(UncertainMailError):
        SmtpMailer(url, timeout=0.5).send(a_mail(), before_data=lambda: None)


def test_an_address_that_the_server_cannot_carry_is_refused() -> None:
    with scripted(b"250 ok\r\n") as url, pytest.raises(PermanentMailError, match="ASCII"):
        SmtpMailer(url, timeout=2).send(a_mail("ü@example.org"), before_data=lambda: None)


@pytest.mark.parametrize("url", ["http://mail", "smtp://", "mail.example.org:25"])
def test_a_wrong_smtp_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL"):
        SmtpMailer(url)


def test_a_maildir_keeps_each_mail_as_a_file(tmp_path: Path) -> None:
    mailer = MaildirMailer(tmp_path / "deep" / "mail")
    stages: list[str] = []
    mailer.send(a_mail(), before_data=lambda: stages.append("leaving"))
    mailer.send(a_mail("lee@example.org"), before_data=lambda: stages.append("leaving"))
    kept = mailbox.Maildir(tmp_path / "deep" / "mail", create=False)
    assert sorted(str(mail["To"]) for mail in kept) == ["lee@example.org", "maya@example.org"]
    assert stages == ["leaving", "leaving"]


def test_a_maildir_that_cannot_be_written_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Unreachable):
        MaildirMailer(tmp_path / "file" / "mail").send(a_mail(), before_data=lambda: None)
