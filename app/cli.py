"""The `flask` commands of the product; each hands over to a service."""

from __future__ import annotations

from flask import Flask


def install_commands(app: Flask) -> None:
    """Register the commands."""
