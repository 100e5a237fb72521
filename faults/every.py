"""Every fault: importing a module registers its faults."""

from faults import broker, clocks, files, mail_server, people, senders  # noqa: F401
