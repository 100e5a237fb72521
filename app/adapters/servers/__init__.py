"""Embedded PostgreSQL and Valkey: what serves where DATABASE_URL and REDIS_URL are not set.

Needs psycopg and nothing else: no Flask, no settings. The imports inside this package are relative
so that the supervisor (tools/run.py) can load it without loading the whole product.
"""

from .binaries import ServerMissing, postgres_bin, valkey_bin
from .postgres import PostgresServer, start_postgres
from .process import ServerFailed
from .valkey import ValkeyServer, start_valkey

__all__ = [
    "PostgresServer",
    "ServerFailed",
    "ServerMissing",
    "ValkeyServer",
    "postgres_bin",
    "start_postgres",
    "start_valkey",
    "valkey_bin",
]
