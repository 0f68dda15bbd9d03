"""What happens, in the words of activities and stories, and the events that come of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from watchward.base.errors import BadInputError
from watchward.node.exercise.sector import Sensor

Happening = Mapping[str, str]
"""One thing that happens: its first key is the verb, the rest say more; as in the YAML files."""


class SceneError(BadInputError):
    """An activity or story says something that no sensor understands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One record of one log.

    Args:
        log: the log's short name, such as `sysmon` or `security`.
        code: the kind of event in it.
        fields: what it says, with slots.
        succeeded: whether what it tells of worked.

    """

    log: str
    code: str
    fields: Mapping[str, str]
    succeeded: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Under whose name a process runs; texts have slots."""

    domain: str
    name: str
    sid: str
    logon: str
    integrity: str = "Medium"

    @property
    def full(self) -> str:
        """Domain and name, as Windows writes them."""
        return f"{self.domain}\\{self.name}"


ACCOUNTS = {
    "user": Account(domain="{netbios}", name="{user}", sid="{sid}", logon="{logon:user}"),
    "admin": Account(domain="{netbios}", name="{admin}", sid="{admin_sid}", logon="{logon:admin}", integrity="High"),
    "service": Account(
        domain="{netbios}",
        name="{service_account}",
        sid="{service_sid}",
        logon="{logon:service}",
        integrity="High",
    ),
    "system": Account(domain="NT AUTHORITY", name="SYSTEM", sid="S-1-5-18", logon="0x3e7", integrity="System"),
    "local": Account(domain="NT AUTHORITY", name="LOCAL SERVICE", sid="S-1-5-19", logon="0x3e5", integrity="System"),
    "network": Account(
        domain="NT AUTHORITY", name="NETWORK SERVICE", sid="S-1-5-20", logon="0x3e4", integrity="System"
    ),
    "machine": Account(
        domain="{netbios}", name="{host}$", sid="{machine_sid}", logon="{logon:machine}", integrity="System"
    ),
    "root": Account(domain="", name="root", sid="0", logon="0"),
}


_KERNEL = "System"
"""The process in which Windows itself speaks to the network and to devices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process that runs, by the slots that tell it from others."""

    tag: str
    image: str
    command: str
    account: Account

    @property
    def guid(self) -> str:
        """Sysmon's name for it."""
        return f"{{{{process_guid:{self.tag}}}}}"

    @property
    def pid(self) -> str:
        """The number that the operating system gives it, filled in when the event is written."""
        return f"{{pid:{self.tag}}}"


@dataclass(slots=True, kw_only=True)
class Scene:
    """Where things happen, and what runs there by now.

    Args:
        sensor: how the place is watched.
        account: under whose name things happen unless they say otherwise.
        where: what to name in errors.
        kernel_sensor: on Linux, whether Sysmon watches (otherwise the audit daemon).

    """

    sensor: Sensor
    account: str = "user"
    where: str = ""
    kernel_sensor: bool = False
    running: dict[str, Process] = field(default_factory=dict)
    latest: str = ""

    @property
    def sysmon(self) -> bool:
        """Whether Sysmon watches here."""
        return self.sensor is Sensor.SYSMON

    def whose(self, happening: Happening) -> Account:
        """Under whose name it happens."""
        name = happening.get("by", self.account)
        if name in ACCOUNTS:
            return ACCOUNTS[name]
        domain, _, bare = name.rpartition("\\")
        return Account(domain=domain or "{netbios}", name=bare, sid="{other_sid}", logon="{logon:other}")

    def start(self, tag: str, process: Process) -> None:
        """A process runs from now on."""
        self.running[tag] = process
        self.latest = tag

    def process(self, happening: Happening) -> Process:
        """The process that does it: the one it names, else the latest, else the shell of whoever is there."""
        tag = happening.get("of", self.latest or "shell")
        if "\\" in tag or "/" in tag:
            return Process(tag=_tag(tag), image=tag, command=tag, account=self.whose(happening))
        if tag in self.running:
            return self.running[tag]
        if tag == _KERNEL:
            return Process(tag="kernel", image=_KERNEL, command=_KERNEL, account=ACCOUNTS["system"])
        if tag != "shell":
            raise SceneError(
                f"{self.where}: no process is called {tag!r} here.",
                advice=f"Start it before with 'as: {tag}', or give the path of its program.",
            )
        image = r"C:\Windows\explorer.exe"
        return Process(tag="shell", image=image, command=image, account=self.whose(happening))


def _tag(path: str) -> str:
    return "".join(letter for letter in path.replace("\\", "/").rpartition("/")[2].lower() if letter.isalnum()) or "it"


def slug(path: str) -> str:
    """A program's name as a slot's tag.

    >>> slug("/usr/bin/run-parts")
    'runparts'

    """
    return _tag(path)
