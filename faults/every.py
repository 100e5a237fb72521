"""Every fault, in the order of the table: importing a module registers its faults."""

from faults import broker, senders  # noqa: F401
