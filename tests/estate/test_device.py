from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from watchward.estate.device import (
    MAX_ALIASES,
    Alias,
    AliasKind,
    Holding,
    Importance,
    Sighting,
    aliases_of,
    resolve,
    see,
)

if TYPE_CHECKING:
    from uuid import UUID

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def a_sighting(name="WS-1", *, at=NOON, organisation="XA1", **others):
    aliases = aliases_of(name, {kind: [value] for kind, value in others.items()})
    return Sighting(organisation=organisation, name=name, aliases=aliases, first_at=at, last_at=at)


class Memory:
    """Holdings kept in a list: the plainest store that keeps the law's promises."""

    def __init__(self):
        self.holdings: dict[tuple[UUID, Alias], Holding] = {}

    def see(self, sighting):
        touched = {h.device for h in self.holdings.values() if h.alias in sighting.aliases}
        device, changed = see(sighting, [h for h in self.holdings.values() if h.device in touched])
        self.holdings |= {(h.device, h.alias): h for h in changed}
        return device, changed


def test_a_full_name_brings_its_host_name_and_case_does_not_matter():
    assert aliases_of("WS-1.Elm.Example.", {}) == {
        Alias(AliasKind.FQDN, "ws-1.elm.example"),
        Alias(AliasKind.HOST_NAME, "ws-1"),
    }


def test_an_address_as_a_name_is_one_name_and_addresses_that_every_machine_has_are_nothing():
    assert aliases_of("10.1.2.3", {"ip": ["::1", "fe80::1", "not an address"]}) == {
        Alias(AliasKind.HOST_NAME, "10.1.2.3")
    }


def test_a_sender_cannot_give_a_device_endless_names():
    assert len(aliases_of("ws", {"ip": [f"10.0.{n // 250}.{n % 250 + 1}" for n in range(500)]})) <= MAX_ALIASES + 1


def test_a_device_with_a_serial_number_keeps_its_identity_through_a_new_name():
    memory = Memory()
    first, _ = memory.see(a_sighting("WARD-PC", serial="S1"))
    renamed, _ = memory.see(a_sighting("WARD-PC-OLD", serial="S1", at=NOON + timedelta(days=1)))

    assert first == renamed


def test_a_name_given_to_a_new_machine_is_another_device_from_then_on():
    memory = Memory()
    old, _ = memory.see(a_sighting("WARD-PC", serial="S1"))
    new, _ = memory.see(a_sighting("WARD-PC", serial="S2", at=NOON + timedelta(days=10)))
    held = list(memory.holdings.values())
    name = aliases_of("WARD-PC", {})

    assert old != new
    assert resolve(name, NOON, held) == old
    assert resolve(name, NOON + timedelta(days=11), held) == new


def test_the_same_host_name_in_two_domains_is_two_devices():
    memory = Memory()

    assert memory.see(a_sighting("ws-1.elm.example"))[0] != memory.see(a_sighting("ws-1.oak.example"))[0]


def test_a_device_known_by_name_only_gains_its_serial_number():
    memory = Memory()
    by_name, _ = memory.see(a_sighting("WS-1"))

    assert memory.see(a_sighting("WS-1", serial="S9", at=NOON + timedelta(hours=1)))[0] == by_name


def test_an_address_alone_identifies_nothing():
    assert see(a_sighting("", ip="10.0.0.1"), []) == (None, [])


def test_importance_is_ordered_and_each_step_says_when_to_choose_it():
    assert sorted(Importance) == [Importance.LOW, Importance.NORMAL, Importance.HIGH, Importance.VITAL]
    assert Importance.VITAL.label == "Critical to care"
    assert all(importance.meaning for importance in Importance)


values = st.sampled_from(["a", "b", "c"])
sightings = st.builds(
    lambda name, serial, ip, hour: a_sighting(
        name, at=NOON + timedelta(hours=hour), **({"serial": serial} if serial else {}), ip=f"10.0.0.{ip}"
    ),
    st.sampled_from(["a", "b", "a.x", "a.y", "b.x"]),
    st.none() | values,
    st.integers(1, 2),
    st.integers(0, 50),
)


@given(st.lists(sightings, max_size=12))
def test_seeing_the_same_again_changes_nothing(seen):
    memory = Memory()
    for sighting in seen:
        device, _ = memory.see(sighting)
        assert memory.see(sighting) == (device, [])


@given(st.lists(sightings, max_size=12))
def test_a_device_never_holds_two_serial_numbers(seen):
    memory = Memory()
    for sighting in seen:
        memory.see(sighting)
    serials = [h.device for h in memory.holdings.values() if h.alias.kind is AliasKind.SERIAL]

    assert len(serials) == len(set(serials))


@given(st.lists(sightings, max_size=12))
def test_an_alias_only_ever_holds_for_longer(seen):
    memory = Memory()
    for sighting in seen:
        before = dict(memory.holdings)
        memory.see(sighting)
        for key, holding in before.items():
            after = memory.holdings[key]
            assert after.valid_from <= holding.valid_from <= holding.valid_until <= after.valid_until


@given(sightings, sightings)
def test_two_organisations_never_share_a_device(one, other):
    elsewhere = Sighting(
        organisation="XB2", name=other.name, aliases=other.aliases, first_at=other.first_at, last_at=other.last_at
    )

    assert see(one, [])[0] != see(elsewhere, [])[0]


@given(sightings, sightings)
def test_a_shared_address_never_joins_two_devices(one, other):
    memory = Memory()
    first, _ = memory.see(one)
    second, _ = memory.see(other)
    identifying = {alias for alias in one.aliases & other.aliases if alias.kind not in {AliasKind.IP, AliasKind.MAC}}

    assert identifying or first != second
