"""Asks live resolvers whether they answer a name, again and again, and notes when that changes."""

import selectors
import socket
import struct
import time
from collections.abc import Callable, Mapping

import dns.message

ASK_EVERY = 0.01
"""Seconds between two questions to the same resolver: what is measured is late by no more."""

_ANSWER_SECONDS = 1.0
NXDOMAIN = 3
_RCODE = 0x0F


class TooLateError(Exception):
    """Some resolvers did not come to answer as was waited for."""


def until(
    ports: Mapping[str, int], name: str, *, blocked: bool, within: float, given_up: Callable[[], bool] = bool
) -> dict[str, float]:
    """When each resolver first answered so, by the clock of the machine.

    Args:
        ports: their ports, by names of theirs.
        name: the name that is asked for.
        blocked: whether it must be refused, or answered.
        within: after how many seconds to give up.
        given_up: whether there is nothing more to wait for; what was found is returned then.

    Raises:
        TooLateError: not all did; it says which.

    """
    found: dict[str, float] = {}
    ends = time.time() + within
    question = dns.message.make_query(name, "A").to_wire()[2:]
    with selectors.DefaultSelector() as selector:
        asked = {who: _Asked(port) for who, port in ports.items()}
        for who, one in asked.items():
            selector.register(one.socket, selectors.EVENT_READ, who)
        try:
            while len(found) < len(ports) and not given_up():
                now = time.time()
                if now > ends:
                    raise TooLateError(", ".join(sorted(ports.keys() - found.keys())))
                for who, one in asked.items():
                    if who not in found:
                        one.ask(question, now)
                for key, _ in selector.select(ASK_EVERY):
                    rcode = asked[key.data].hear()
                    if rcode is not None and (rcode == NXDOMAIN) is blocked:
                        found.setdefault(key.data, time.time())
        finally:
            for one in asked.values():
                one.socket.close()
    return found


class _Asked:
    """One resolver, and the question that it has not answered."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)  # noqa: FBT003 - the standard library's own
        self.socket.connect(("127.0.0.1", port))
        self._number = 0
        self._open = False
        self._asked_at = 0.0

    def ask(self, question: bytes, now: float) -> None:
        """Ask, unless the last question may still be answered or was asked a moment ago."""
        if now - self._asked_at < (_ANSWER_SECONDS if self._open else ASK_EVERY):
            return
        self._number = (self._number + 1) & 0xFFFF
        self._asked_at, self._open = now, True
        try:
            self.socket.send(struct.pack("!H", self._number) + question)
        except OSError:  # it does not run yet
            self._open = False

    def hear(self) -> int | None:
        """The code of an answer to the last question."""
        try:
            answer = self.socket.recv(4096)
        except OSError:
            self._open = False
            return None
        if len(answer) < 4 or struct.unpack("!H", answer[:2])[0] != self._number:
            return None
        self._open = False
        return answer[3] & _RCODE
