"""Says whether a process is at work on a run: a lock that the system frees when the process dies.

On SQLite it locks one byte of a file beside the ledger, on PostgreSQL it is an advisory lock of the
server. It is no lease yet: it tells the living from the dead, on one machine or one server.
"""

import errno
import fcntl
import hashlib
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine, text

from engine.ledger.faults import clear_errors

SUFFIX: Final = "-runs"
_TAKEN: Final = frozenset({errno.EAGAIN, errno.EACCES})


@contextmanager
def held(engine: Engine, run_id: str) -> Iterator[bool]:
    """Holds a run while the block runs; False where another process (or block) holds it."""
    number = int.from_bytes(hashlib.sha256(run_id.encode()).digest()[:7], "big")
    if engine.dialect.name == "postgresql":
        with _on_server(engine, number) as is_ours:
            yield is_ours
        return
    file = engine.url.database
    if not file or file.startswith((":memory:", "file:")):
        yield True
        return
    descriptor = os.open(file + SUFFIX, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        yield _locked(descriptor, number)
    finally:
        os.close(descriptor)


def _locked(descriptor: int, byte: int) -> bool:
    """A lock of the open file, not of the process: closing it elsewhere does not free it."""
    wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, byte, 1, 0)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, wanted)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        raise
    return True


@contextmanager
def _on_server(engine: Engine, number: int) -> Iterator[bool]:
    with clear_errors(engine):
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        with clear_errors(engine):
            is_ours = bool(connection.scalar(text(f"SELECT pg_try_advisory_lock({number})")))
        yield is_ours
    finally:
        connection.invalidate()  # closed, not pooled: the lock goes with it
        connection.close()
