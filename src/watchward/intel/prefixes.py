"""Networks, found by the addresses in them: one look-up for each length of prefix that occurs."""

from bisect import bisect_left
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_BITS: Final = {4: 32, 6: 128}


class Prefixes(Generic[T]):
    """Values by network; those around an address or network, and those inside one."""

    def __init__(self) -> None:
        self._by_length: dict[int, dict[int, dict[int, list[T]]]] = {4: {}, 6: {}}
        self._lengths: dict[int, tuple[tuple[int, int, dict[int, list[T]]], ...]] = {4: (), 6: ()}
        self._sorted: dict[int, list[tuple[int, int, T]]] | None = None

    def add(self, network: str, value: T) -> None:
        """Keep a value under a network or a single address.

        Raises:
            ValueError: the text is no network.

        """
        found = ip_network(network, strict=False)
        bits, by_length = _BITS[found.version], self._by_length[found.version]
        key = _start(found) >> (bits - found.prefixlen)
        by_length.setdefault(found.prefixlen, {}).setdefault(key, []).append(value)
        if len(by_length) > len(self._lengths[found.version]):
            rows = ((length, bits - length, by_length[length]) for length in sorted(by_length, reverse=True))
            self._lengths[found.version] = tuple(rows)
        self._sorted = None

    def around(self, text: str) -> list[T]:
        """Values of networks that hold the whole of this address or network, the narrowest first."""
        found_at = place(text)
        if found_at is None:
            return []
        version, start, length = found_at
        found: list[T] = []
        for held, shift, keys in self._lengths[version]:
            if held <= length and (values := keys.get(start >> shift)):
                found += values
        return found

    def inside(self, text: str) -> Iterator[T]:
        """Values of networks that lie wholly in this network."""
        found_at = place(text)
        if found_at is None or found_at[2] == _BITS[found_at[0]]:  # one address has none inside that is not around it
            return
        version, start, length = found_at
        bits = _BITS[version]
        rows = self._rows(version)
        end = start + (1 << (bits - length))
        for row in range(bisect_left(rows, start, key=lambda one: one[0]), len(rows)):
            found, held, value = rows[row]
            if found >= end:
                return
            if held >= length:
                yield value

    def _rows(self, version: int) -> list[tuple[int, int, T]]:
        if self._sorted is None:
            self._sorted = {
                number: sorted(
                    (
                        (key << (bits - length), length, value)
                        for length, keys in self._by_length[number].items()
                        for key, values in keys.items()
                        for value in values
                    ),
                    key=lambda row: row[:2],
                )
                for number, bits in _BITS.items()
            }
        return self._sorted[version]


def _start(network: IPv4Network | IPv6Network) -> int:
    return int(network.network_address)


def place(text: str) -> tuple[int, int, int] | None:
    """The version, first address and length of prefix of a normal address or network; None if it is neither."""
    address, slash, length = text.partition("/")
    try:
        if ":" in address:
            return 6, int.from_bytes(inet_pton(AF_INET6, address)), int(length) if slash else 128
        if not address[-1:].isdigit():
            return None
        return 4, int.from_bytes(inet_pton(AF_INET, address)), int(length) if slash else 32
    except (OSError, ValueError):
        return None
