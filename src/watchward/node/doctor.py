"""What is wrong with this installation, and what to do: looked at from outside, without changing anything."""

import os
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

from cryptography import x509

from watchward.base.clock import Clock, SystemClock
from watchward.console.node.finding import Finding, State
from watchward.node.config import Config
from watchward.node.wiring import console, start_django

OLDEST_PYTHON = (3, 11)
CERTIFICATE_ENDS_SOON = timedelta(days=14)


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
    yield from _private(home.path)
    yield from _rules(config)
    yield from _own_certificate(config, SystemClock())
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


def _private(home: Path) -> Iterator[Finding]:
    """Whether others on this machine could read the home or its keys."""
    for path in (home, home / "keys"):
        if path.is_dir() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield _finding("Privacy", State.BAD, f"Others on this machine can open {path}.", f"Run: chmod 700 {path}")
            return
    if not os.access(home, os.W_OK):
        yield _finding("Privacy", State.BAD, f"This account cannot write to {home}.", f"Run it as {_owner(home)}.")
        return
    yield _finding("Privacy", State.GOOD, f"Only this account can open {home}.")


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:
        return f"the account with number {path.stat().st_uid}"


def _own_certificate(config: Config, clock: Clock) -> Iterator[Finding]:
    """Whether a certificate that the site brought lasts; health looks at one that the node made."""
    if config.tls_certificate is None:
        return
    try:
        ends = x509.load_pem_x509_certificate(config.tls_certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        advice = "Correct tls_certificate in config.toml."
        yield _finding("Your certificate", State.BAD, f"{config.tls_certificate}: {error}", advice)
        return
    soon = ends - clock.now() < CERTIFICATE_ENDS_SOON
    yield _finding(
        "Your certificate",
        State.LOOK if soon else State.GOOD,
        f"It is good until {ends:%d %B %Y}.",
        "Put a new one in its place; the node takes it up within a minute." if soon else "",
    )


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
