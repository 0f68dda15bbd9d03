"""Errors of the system and the database, in words: what went wrong, and what to do about it."""

import errno
import sqlite3
import ssl

from watchward.base.errors import BadSetupError
from watchward.console.database import advice_on

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_WRONG_PATH = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP})
_ROOM = "Make room on its disk, or use another one."

_OURS = ("no such ", "syntax error", "has no column")
"""What a database says when the fault is in this program: that wants a traceback, not advice."""


def in_words(error: Exception) -> BadSetupError | None:
    """What to say of an error that this installation has, and not this program; None for every other error."""
    match error:
        case ssl.SSLError():
            return BadSetupError(
                f"TLS cannot be set up: {error.reason or error}.",
                advice="Correct tls_certificate and tls_key in config.toml, or remove both for one of the node's own.",
            )
        case OSError():
            return _of_system(error)
        case _ if _is_of_database(error):
            return _of_database(str(error).strip())
        case _:
            return None


def _of_system(error: OSError) -> BadSetupError:
    where = f"{error.filename}: " if error.filename else ""
    if error.errno in _NO_ROOM:
        advice = _ROOM
    elif error.errno in _REFUSED:
        advice = "Run this as the account that owns it, or name another place."
    elif error.errno in _WRONG_PATH:
        advice = "Check the path: its folder must be there, and nothing else in its place."
    else:
        advice = "See what else is wrong with this installation: watchward doctor."
    return BadSetupError(f"{where}{error.strerror or error}.", advice=advice)


def _is_of_database(error: Exception) -> bool:
    """Whether the database cannot work; errors in what it was asked are ours."""
    from django.db import utils  # noqa: PLC0415 - most commands end well, and need not load it

    cannot_work = isinstance(error, sqlite3.OperationalError | utils.OperationalError | utils.InterfaceError)
    # SQLite says that a file is damaged with the class from which all others come.
    damaged = type(error) in {sqlite3.DatabaseError, utils.DatabaseError}
    return (cannot_work or damaged) and not any(part in str(error) for part in _OURS)


def _of_database(said: str) -> BadSetupError:
    return BadSetupError(f"The database cannot be used: {said}.", advice=advice_on(said))
