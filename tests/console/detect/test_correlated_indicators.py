"""Indicators whose pattern joins several events: their alerts keep to their markings, as those of single events do."""

import pytest

from console.detect.correlating import Node, entry, failed
from console.factories import OrganisationFactory
from console.intel.factories import a_collection, add, an_indicator
from detect.correlate.streams import correlation
from watchward.console.detect.models import Alert
from watchward.console.estate.models import Organisation
from watchward.intel.markings import Tlp
from watchward.node.correlations.running import Rules

PATTERN = "[process:name = 'lapwing.exe'] REPEATS 3 TIMES WITHIN 600 SECONDS"


@pytest.fixture
def found(tmp_path, clock):
    """The alerts at one organisation, of an indicator that some organisation brought under some level."""

    def does(level, owner):
        node = Node(tmp_path, clock)
        place = a_collection(Organisation.objects.filter(code=owner).first() or OrganisationFactory(code=owner))
        one = an_indicator(pattern=PATTERN, name="Campaign Lapwing", object_marking_refs=[level.marking])
        add(place, one)
        pattern = correlation("event_count", ["failed"], "10m", {"gte": 3}, id=one["id"], group_by=["User"])
        node.rules = Rules(correlations=[pattern])
        node.start()
        node.receives(entry(1, *(failed(n, n) for n in range(3))))
        return list(Alert.objects.select_related("rule", "correlation"))

    return does


def test_an_organisation_that_may_not_have_an_indicator_does_not_learn_of_it(found):
    assert found(Tlp.AMBER_STRICT, "QQ9") == []


def test_of_one_that_only_a_few_may_have_the_alert_says_neither_its_name_nor_what_it_asks(found):
    (alert,) = found(Tlp.AMBER_STRICT, "X001")
    assert alert.rule.title == "An indicator that was shared with a few"
    assert alert.correlation.asks.startswith("Whoever may have it finds what it says")


def test_one_that_everybody_may_have_says_all(found):
    (alert,) = found(Tlp.GREEN, "QQ9")
    assert alert.rule.title == alert.rule_id
    assert "3 or more events" in alert.correlation.asks
