"""What an indicator found, as an alert: the page says which one, of whom and since when."""

import pytest

from console.detect.journals import a_match, an_entry, write
from console.factories import OrganisationFactory, PostFactory
from watchward.access.roles import ORGANISATION_CYBER_LEAD
from watchward.console.detect.models import Alert, Rule
from watchward.console.detect.rule_adapters import describe_rules
from watchward.node.projector import Projector

NAME = "indicator--00000000-0000-4000-8000-000000000071"
SAID = "An indicator of an attack: domain evil.example. Shared by Elm ICB. It has counted since 1 February 2026."


@pytest.fixture
def alert(tmp_path, clock):
    OrganisationFactory(code="X001", name="Fernmoor Trust")
    match = a_match(
        rule_id=NAME,
        rule_title="Campaign Lapwing",
        described=SAID,
        author="Elm ICB",
        segment="2026-03-01/g1-000000000001.parquet",
        fields={"QueryName": "www.evil.example"},
    )
    write(tmp_path, an_entry(1, match))
    Projector(folder=tmp_path, clock=clock).catch_up()
    return Alert.objects.get()


def test_the_page_of_its_alert_says_which_indicator_of_whom_and_since_when(client, alert):
    client.force_login(PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=alert.organisation).user)
    page = " ".join(client.get(f"/alerts/{alert.pk}/").content.decode().split())
    for said in ("Campaign Lapwing", SAID, "The indicator", "Shared by Elm ICB", "www.evil.example"):
        assert said in page


@pytest.mark.usefixtures("alert")
def test_it_is_no_rule_that_runs_and_stays_when_rules_are_described():
    describe_rules([])
    kept = Rule.objects.get(pk=NAME)
    assert (kept.loaded, kept.description, kept.author) == (False, SAID, "Elm ICB")
