"""The menu: few entries, each for whoever may open one of its pages."""

import pytest

from console.factories import OrganisationFactory, PostFactory
from watchward.access.roles import (
    ADMINISTRATOR,
    BOARD_MEMBER,
    CARE_PROVIDER_MANAGER,
    NATIONAL_ANALYST,
    ORGANISATION_CYBER_LEAD,
)
from watchward.console.navigation import MENU, beside, navigation_for


def _asked(rf, role, path="/alerts/", *, whole=False):
    request = rf.get(path)
    place = None if whole else OrganisationFactory()
    request.user = PostFactory(role=role.key, organisation=place).user
    return request


@pytest.mark.parametrize(
    ("role", "entries"),
    [
        (BOARD_MEMBER, ["Overview", "High severity alerts", "Incidents", "Patient harm", "Organisations"]),
        (
            CARE_PROVIDER_MANAGER,
            ["Alerts", "Overview", "High severity alerts", "Incidents", "Patient harm", "Protection", "Organisations"],
        ),
        (ORGANISATION_CYBER_LEAD, [one.text for one in MENU]),
    ],
    ids=["board", "care home", "cyber team"],
)
def test_each_sees_what_they_come_for_first_and_nothing_that_they_may_not_open(rf, role, entries):
    assert [one["text"] for one in navigation_for(_asked(rf, role))] == entries


def test_an_entry_leads_to_the_first_of_its_pages_that_one_may_open(rf):
    menu = {one["text"]: one["href"] for one in navigation_for(_asked(rf, ADMINISTRATOR))}

    assert menu["This node"] == "/people/"
    assert menu["Rules"] == "/rules/"


def test_what_belongs_together_stands_beside_and_says_where_one_is(rf):
    found = beside(_asked(rf, NATIONAL_ANALYST, "/controls/", whole=True))

    assert [(one["text"], one["current"]) for one in found] == [("Blocks", False), ("Controls", True)]


def test_the_page_of_the_whole_node_stands_beside_for_those_alone_who_look_after_it(rf):
    texts = [[one["text"] for one in beside(_asked(rf, NATIONAL_ANALYST, "/people/", whole=whole))] for whole in (0, 1)]

    assert texts == [["People", "Links"], ["People", "Links", "Node"]]


def test_below_a_page_its_entry_stays_marked_and_nothing_stands_beside(rf):
    request = _asked(rf, ORGANISATION_CYBER_LEAD, "/intelligence/groups/7/")

    assert [one["text"] for one in navigation_for(request) if one["current"]] == ["Intelligence"]
    assert beside(request) == []


def test_the_menu_is_worked_out_once_for_a_page(rf, django_assert_num_queries):
    request = _asked(rf, ORGANISATION_CYBER_LEAD, "/rules/")
    with django_assert_num_queries(2):
        navigation_for(request)
        beside(request)
