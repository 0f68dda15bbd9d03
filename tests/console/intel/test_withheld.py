"""What indicators name and nothing looks for: kept and shown with the reason, and looked for when that changes."""

import json

import pytest

from console.factories import OrganisationFactory, PostFactory
from console.intel.factories import a_clock, a_collection, add, an_indicator
from console.opened import page
from watchward.access.roles import ORGANISATION_CYBER_LEAD
from watchward.console.config import current, use
from watchward.console.intel import adapters
from watchward.console.intel.models import Object
from watchward.intel.exact.folder import kept
from watchward.intel.live import folder as live
from watchward.lists import published

NEVER = ("nhs.uk", "login.nhs.net", "com")
pytestmark = pytest.mark.django_db


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """Add indicators, and say what the gateways look for afterwards."""

    def does(*indicators, collection=None):
        with django_capture_on_commit_callbacks(execute=True):
            add(collection or a_collection(), *indicators)
        return looked_for()

    return does


@pytest.fixture
def configured():
    before = current()
    yield lambda **given: use(current().model_copy(update=given))
    use(before)


@pytest.fixture
def listed():
    """Have everybody visit some names."""

    def does(*names):
        folder = current().home / "warninglists"
        folder.mkdir(exist_ok=True)
        wire = {"name": "Top sites", "type": "hostname", "version": 1, "list": list(names)}
        (folder / f"{len(list(folder.iterdir()))}.json").write_text(json.dumps(wire))

    return does


def looked_for():
    exact = [entry.observable.value for entry in kept(adapters.exact_folder())]
    return sorted([*exact, *(one.pattern for one in live.read(adapters.patterns_folder()))])


def named(*names):
    """An indicator of some names."""
    said = " OR ".join(f"domain-name:value = '{one}'" for one in names)
    return an_indicator(names[0], pattern=f"[{said}]")


def test_what_nobody_may_block_is_looked_for_by_nothing_and_the_rest_of_its_indicator_is(told):
    assert told(named(*NEVER, "evil.example"), an_indicator("10.0.0.1")) == ["evil.example"]


def test_what_everybody_visits_is_looked_for_by_nothing_unless_somebody_says_so(told, listed, configured):
    listed("popular.example")
    assert told(named("popular.example")) == []
    assert told(named("nhs.uk")) == []
    configured(looked_for_anyway=("popular.example", "nhs.uk"))
    adapters.judge_again(clock=a_clock())
    assert looked_for() == ["popular.example"]


def test_what_belongs_to_the_sector_by_the_settings_is_looked_for_by_nothing_from_then_on(told, configured):
    told(named("mail.larkmere.example"), an_indicator("198.51.100.7"), an_indicator("203.0.113.9"))
    adapters.judge_again(clock=a_clock())
    configured(own_domains=("larkmere.example",), own_networks=("198.51.100.0/24",))
    adapters.judge_again(clock=a_clock())
    assert looked_for() == ["203.0.113.9"]


@pytest.mark.parametrize(
    ("pattern", "withheld"),
    [
        ("[domain-name:value LIKE '%.nhs.uk']", True),
        ("[url:value LIKE '%www.nhs.uk/%' OR process:name = 'lapwing.exe']", True),
        ("[ipv4-addr:value ISSUBSET '10.0.0.0/8']", True),
        ("[domain-name:value = 'nhs.uk'] REPEATS 5 TIMES WITHIN 60 SECONDS", True),
        ("[domain-name:value = 'nhs.uk' AND process:name = 'lapwing.exe']", False),
        ("[domain-name:value = 'nhs.uk'] FOLLOWEDBY [process:command_line LIKE '%lapwing%']", False),
        ("[domain-name:value LIKE '%nhs-login%']", False),
        ("[domain-name:value LIKE '%.com']", True),
        ("[domain-name:value LIKE 'login.%']", False),
        ("[domain-name:value LIKE 'www.nhs.uk.%']", False),
    ],
)
def test_a_pattern_is_withheld_where_it_is_met_by_nothing_more(told, pattern, withheld):
    assert told(an_indicator(pattern=pattern)) == ([] if withheld else [pattern])


def test_the_page_of_an_indicator_says_what_nothing_looks_for_and_why(client, told):
    trust = OrganisationFactory()
    client.force_login(PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=trust).user)
    told(named("nhs.uk", "evil.example"), collection=a_collection(trust))
    text = page(client, f"/intelligence/objects/{Object.objects.get().pk}/")
    assert "Looked for in part" in text
    assert "nhs.uk is the health service in England and its sites." in text


def test_telling_everything_anew_takes_out_what_no_indicator_says_and_empties_nothing(told, monkeypatch):
    told(an_indicator("198.51.100.7"), an_indicator("203.0.113.9", pattern="[process:command_line LIKE '%lapwing%']"))
    adapters.append(adapters.exact_folder(), added=[_stale()])
    seen = []
    there = adapters.append
    monkeypatch.setattr(adapters, "append", lambda folder, **given: (seen.append(looked_for()), there(folder, **given)))
    adapters.publish_all(clock=a_clock())
    assert all("198.51.100.7" in one and len(one) >= 2 for one in seen)
    assert looked_for() == ["198.51.100.7", "[process:command_line LIKE '%lapwing%']"]


def test_the_server_of_lists_is_told_what_belongs_to_the_sector(configured):
    from watchward.console.protect.publishing import publish  # noqa: PLC0415 - after the home is the test's own

    configured(own_domains=("larkmere.example",))
    publish(now=a_clock().now())
    assert published.own(current().home / "lists") == (("larkmere.example",), ())


def _stale():
    (entry,) = kept(adapters.exact_folder())
    return type(entry)(observable=entry.observable, indicator="indicator--gone", title="")
