"""Every fault: importing a module registers its faults."""

from faults import broker, burst, clocks, files, mail_server, operator, people, retention, senders  # noqa: F401
