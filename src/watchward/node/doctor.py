"""What is wrong with this installation, and what to do: looked at from outside, without changing anything."""

import os
import secrets
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path

from watchward.base.clock import SystemClock
from watchward.console.node.finding import Finding, State
from watchward.console.node.listener import said
from watchward.node.config import EVERYWHERE, Config
from watchward.node.home import Home
from watchward.node.wiring import SECRET_KEY, console, start_django

OLDEST_PYTHON = (3, 11)

HELD_SECONDS = 5.0
"""Writers take turns, each for far less than this."""

_PUBLIC = frozenset({".lock", ".pem", ".pub"})
_BRING_BACK = "If this node ever ran, bring {} back from a backup before you start it; if not, start it."


def examine(config: Config) -> Iterator[Finding]:
    """Everything worth knowing about an installation and the node in its home."""
    home = config.layout
    if not home.made:
        yield from _installation()
        yield _finding("Home", State.LOOK, f"{home.path} is no node's home yet.", "Make one: watchward up, or make up.")
        return
    nothing_is_signed = secrets.token_urlsafe(48)
    start_django(config, fresh=False, secret=nothing_is_signed)
    from watchward.console.node import health  # noqa: PLC0415 - Django is ready only now

    yield from _installation()
    yield from _private(home)
    yield from _keys(config)
    yield from _rules(config)
    yield _console(config)
    yield from _held(config)
    yield from health.findings(console(config, secret=nothing_is_signed), clock=SystemClock())


def _installation() -> Iterator[Finding]:
    found = ".".join(str(part) for part in sys.version_info[:3])
    good = sys.version_info >= OLDEST_PYTHON
    yield _finding(
        "Python", State.GOOD if good else State.BAD, f"This is Python {found}.", "" if good else "Use 3.11 or later."
    )
    assets = Path(str(files("watchward.console"))) / "static" / "vendor" / "nhsuk-frontend.min.css"
    there = assets.is_file()
    yield _finding(
        "Web assets",
        State.GOOD if there else State.BAD,
        "The console's styles and scripts are there." if there else "The console's styles and scripts are missing.",
        "" if there else "Run make up; it needs Node.js with npm.",
    )


def _private(home: Home) -> Iterator[Finding]:
    """Whether others on this machine could read the home or its keys."""
    for path in (home.path, home.keys, *(one for one in home.keys.glob("*") if one.suffix not in _PUBLIC)):
        if path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            mode = 700 if path.is_dir() else 600
            found = f"Others on this machine can open {path}."
            yield _finding("Privacy", State.BAD, found, f"Run: chmod {mode} {path}")
            return
    if not os.access(home.path, os.W_OK):
        advice = f"Run it as {_owner(home.path)}."
        yield _finding("Privacy", State.BAD, f"This account cannot write to {home.path}.", advice)
        return
    yield _finding("Privacy", State.GOOD, f"Only this account can open {home.path}.")


def _keys(config: Config) -> Iterator[Finding]:
    """Whether the node still has its secrets: a start makes some anew, and what the old ones opened stays shut."""
    keys = config.layout.keys
    lost = {
        SECRET_KEY: "With a new one, nobody's authenticator works any more.",
        "sources.json": "Without it the gateway refuses every sender; the console writes it anew when it starts.",
    }
    if not config.tls_certificate:
        lost["authority.key"] = (
            "With a new one, browsers and shippers that trust this node must be told to trust it anew."
        )
    if not keys.is_dir():
        found = f"{keys} is missing, and with it every secret of this node."
        yield _finding("Keys", State.BAD, found, _BRING_BACK.format("the home"))
        return
    for name, matters in lost.items():
        if not (keys / name).is_file():
            yield _finding("Keys", State.BAD, f"{keys / name} is missing. {matters}", _BRING_BACK.format("it"))


def _console(config: Config) -> Finding:
    """Whether the console answers, and not another program at its port."""
    host = "127.0.0.1" if config.web_host in EVERYWHERE else config.web_host
    where = f"{host}, port {config.web_port}"
    try:
        answer = said(host, config.web_port, "/account/sign-in/")
    except OSError as error:
        found = f"Nothing answers at {where} ({error.strerror or error})."
        return _finding("Console", State.BAD, found, "Start the node: watchward up. Then read logs/web.log.")
    if answer is None or b"Watchward" not in answer:
        found = f"What listens at {where} does not answer as a console."
        return _finding("Console", State.BAD, found, "Stop that program, or set web_port in config.toml.")
    return _finding("Console", State.GOOD, f"It answers at {where}.")


def _held(config: Config) -> Iterator[Finding]:
    """Whether something holds the database, so that nothing can be written. Whatever else it has, `health` tells."""
    database = config.layout.database
    if config.database_url or not database.is_file():
        return
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True, timeout=HELD_SECONDS)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            found = f"Another program holds {database}: for {HELD_SECONDS:g} s nothing could be written."
            yield _finding(
                "Database lock", State.BAD, found, "Find it (fuser, lsof) and stop it, or wait until it is done."
            )
    except sqlite3.DatabaseError:
        return


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:
        return f"the account with number {path.stat().st_uid}"


def _rules(config: Config) -> Iterator[Finding]:
    count = sum(1 for folder in config.layout.rule_folders for _ in folder.rglob("*.yml"))
    if count:
        yield _finding("Rules", State.GOOD, f"{count:,} rule files are in place; watchward rules check reads them.")
    else:
        yield _finding(
            "Rules", State.BAD, "There are no rules, so nothing would be found.", "See watchward rules update."
        )
    if not shutil.which("npm"):
        yield _finding("Node.js", State.LOOK, "npm is not installed.", "It is needed only to renew the web assets.")


def _finding(about: str, state: State, found: str, advice: str = "") -> Finding:
    return Finding(about=about, state=state, found=found, advice=advice)
