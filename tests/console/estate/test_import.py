from dataclasses import replace
from datetime import date

import pytest

from console.estate.factories import DeviceFactory
from console.factories import OrganisationFactory, PostFactory
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.models import AuditEntry
from watchward.console.estate import actions
from watchward.console.estate.models import Organisation
from watchward.estate.organisation import OrganisationKind, OrganisationRecord

NATION = OrganisationRecord(code="XN", name="Nation", kind=OrganisationKind.NATION)
EAST = OrganisationRecord(code="XE", name="East", kind=OrganisationKind.ICB, parent="XN")
WEST = OrganisationRecord(code="XW", name="West", kind=OrganisationKind.ICB, parent="XN")
TRUST = OrganisationRecord(code="XT", name="Elm", kind=OrganisationKind.TRUST, parent="XE", postcode="ZZ1 1ZZ")
SITE = OrganisationRecord(code="XT1", name="Elm site", kind=OrganisationKind.TRUST_SITE, parent="XT")
ALL = [SITE, TRUST, EAST, WEST, NATION]


def paths():
    return dict(Organisation.objects.values_list("code", "path"))


def test_organisations_get_their_place_whatever_the_order_of_the_records(node, clock):
    done = actions.import_organisations(by=node, records=ALL, clock=clock)

    assert (done.created, done.changed, done.moved) == (5, 0, 0)
    assert paths()["XT1"] == "/XN/XE/XT/XT1/"


def test_importing_twice_changes_nothing_and_records_nothing(node, clock):
    actions.import_organisations(by=node, records=ALL, clock=clock)
    before = list(Organisation.objects.order_by("pk").values())

    done = actions.import_organisations(by=node, records=ALL, clock=clock)

    assert not done.anything
    assert list(Organisation.objects.order_by("pk").values()) == before
    assert AuditEntry.objects.filter(event="organisations.imported").count() == 1


def test_a_new_parent_moves_everything_below_and_every_copy_of_the_path(node, clock):
    actions.import_organisations(by=node, records=ALL, clock=clock)
    device = DeviceFactory(organisation=Organisation.objects.get(code="XT1"))

    done = actions.import_organisations(by=node, records=[replace(TRUST, parent="XW")], clock=clock)

    device.refresh_from_db()
    assert (done.changed, done.moved) == (1, 2)
    assert paths()["XT1"] == "/XN/XW/XT/XT1/"
    assert device.organisation_path == "/XN/XW/XT/XT1/"


def test_a_closure_and_its_successor_are_kept(node, clock):
    actions.import_organisations(by=node, records=ALL, clock=clock)

    actions.import_organisations(
        by=node, records=[replace(EAST, closed_on=date(2026, 3, 31), successor="XW")], clock=clock
    )

    east = Organisation.objects.get(code="XE")
    assert (east.closed_on, east.successor.code) == (date(2026, 3, 31), "XW")


def test_an_unknown_parent_is_refused_and_nothing_is_stored(node, clock):
    with pytest.raises(BadInputError, match="XT names XQ as its parent"):
        actions.import_organisations(by=node, records=[NATION, replace(TRUST, parent="XQ")], clock=clock)

    assert not Organisation.objects.exists()


def test_organisations_in_a_circle_are_refused(node, clock):
    with pytest.raises(BadInputError, match="in a circle"):
        actions.import_organisations(
            by=node, records=[replace(EAST, parent="XW"), replace(WEST, parent="XE")], clock=clock
        )


def test_only_someone_who_looks_after_the_whole_node_may_import(clock):
    post = PostFactory(organisation=OrganisationFactory())

    with pytest.raises(NotAllowedError, match=r"may not .*\(organisation\.import\)"):
        actions.import_organisations(by=post.user, records=ALL, clock=clock)


def test_thousands_of_organisations_take_few_statements(node, clock, django_assert_max_num_queries):
    practices = [
        OrganisationRecord(code=f"XP{n}", name=f"Practice {n}", kind=OrganisationKind.GP_PRACTICE, parent="XE")
        for n in range(3000)
    ]

    with django_assert_max_num_queries(80):
        actions.import_organisations(by=node, records=[NATION, EAST, *practices], clock=clock)
