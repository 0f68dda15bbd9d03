"""Every address, with every role, from inside and outside the organisation."""

import inspect
import json
from dataclasses import asdict, dataclass

import pytest
from allauth.mfa.utils import is_mfa_enabled
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver
from django.utils import timezone

from console.advisory.factories import a_draft, an_issued
from console.controls.factories import a_control
from console.coverage.surveys import a_survey
from console.detect.factories import AlertEventFactory, AlertFactory, RuleFactory
from console.estate.factories import DeviceFactory, SourceFactory
from console.factories import OrganisationFactory, PostFactory, UserFactory
from console.harm.areas import own_number_and_passed_question
from console.hunts.factories import AnswerFactory
from console.intel.factories import a_collection, a_group, a_key, a_share, a_source, add, an_indicator
from console.lakes import an_event_id, keep
from console.link.factories import PeerFactory, a_head, a_passage, a_refusal, an_invitation
from console.lookback.factories import LookBackFactory
from console.normal.factories import NormalFactory
from console.protect.factories import a_block, an_excepted
from console.respond.factories import ContactFactory, IncidentFactory, NoticeFactory, a_rota
from console.scenarios.factories import SavedScenarioFactory
from console.walk import ANYONE, PAGES, SIGNED_IN
from detect.builders import write_rule
from watchward.access.roles import ADMINISTRATOR, AUDITOR, BOARD_MEMBER, ORGANISATION_CYBER_LEAD, ROLES
from watchward.base.clock import SystemClock
from watchward.console.access import actions
from watchward.console.access.guard import Service
from watchward.console.config import current, use
from watchward.console.detect import news
from watchward.console.detect.models import SavedHunt
from watchward.console.estate.models import Credential, Organisation
from watchward.console.hunts.models import State
from watchward.console.intel.models import Object
from watchward.console.link.models import Passage
from watchward.console.rules.models import RuleLife
from watchward.console.tokens.models import Token
from watchward.detect.alerts.triage import AlertState
from watchward.detect.sigma.rules import load
from watchward.intel.observable import Kind, observable

WIDEST = {ADMINISTRATOR.key, ORGANISATION_CYBER_LEAD.key}
REFUSED = {401, 403, 404}
NOBODYS = {"hunt": 1, "look_back": 1, "token": 1, "reported": "TOP"}


@dataclass(frozen=True)
class World:
    """What the addresses of the table are filled with, all of it inside one organisation."""

    organisation: str
    person: int
    post: int
    code: str
    device: str
    source: str
    credential: str
    alert: str
    closed_alert: str
    rule: str
    contact: int
    step: int
    duty: int
    incident: int
    advisory: str
    draft: str
    worker: int
    worker_email: str
    mark: str
    normal: str
    scenario: int
    own_number: int
    collection: str
    client: int
    intel_object: int
    intel_source: int
    sharing_group: int
    question: str
    hunt_asked: int
    hunt_counted: int
    hunt_given: int
    shared: str
    block: int
    excepted: int
    link: int
    link_code: int
    control: str


def _build(organisation):
    person = UserFactory(name="Inside Person")
    post = PostFactory(user=person, organisation=organisation, role=BOARD_MEMBER.key)
    source = SourceFactory(organisation=organisation, name="Inside Collector")
    credential = Credential.objects.create(
        source=source, key_id="inside-key", digest="0" * 64, created_at=timezone.now(), created_by="Test"
    )
    loaded = load([write_rule(current().rules / "inside.yml", "s:\n  Image|contains: inside\ncondition: s")]).rules[0]
    rule = RuleFactory(title="Inside alert", id=loaded.id, file="inside.yml", digest=loaded.digest)
    RuleLife.objects.create(rule=rule, folder="site", first_at=timezone.now())
    alert = AlertFactory(organisation=organisation, rule=rule)
    segment = keep(current().lake, "inside", organisation=organisation.code, device=alert.device, Image="inside.exe")
    AlertEventFactory(alert=alert, event_id=an_event_id("inside").hex(), segment=segment)
    a_survey()
    closed = AlertFactory(organisation=organisation, rule=rule, device="WS-CLOSED", state=AlertState.CLOSED)
    by = Service(name="walk")
    actions.give_post(by=by, user=person, role=AUDITOR, organisation=organisation, clock=SystemClock())
    return World(
        organisation=organisation.code,
        person=person.pk,
        post=post.pk,
        code=actions.ask_recovery(by=person, clock=SystemClock()).code,
        device=str(DeviceFactory(organisation=organisation, name="WS-INSIDE").pk),
        source=source.pk,
        credential=credential.key_id,
        alert=str(alert.pk),
        closed_alert=str(closed.pk),
        rule=rule.pk,
        mark=news.sealed(0),
        scenario=SavedScenarioFactory(organisation=organisation, name="Inside what-if").pk,
        own_number=own_number_and_passed_question(organisation),
        normal=str(NormalFactory(organisation=organisation, rule=rule, reason="Inside reason").pk),
        **_responding(organisation),
        **_intelligence(organisation),
        **_hunts(organisation),
        shared=str(a_share(alert).pk),
        block=a_block(organisation, observable(Kind.DOMAIN, "inside.example")).pk,
        excepted=an_excepted(organisation, observable(Kind.DOMAIN, "inside.exception.example")).pk,
        **_links(organisation),
        control=a_control(organisation, name="Inside resolver").pk,
    )


def _intelligence(organisation):
    collection = a_collection(organisation, title="Inside collection")
    add(collection, an_indicator(name="Inside indicator"))
    return {
        "collection": str(collection.pk),
        "client": a_key(collection, name="Inside program").client.pk,
        "intel_object": Object.objects.get(title="Inside indicator").pk,
        "intel_source": a_source(collection, name="Inside neighbour").pk,
        "sharing_group": a_group("Inside group", organisation).pk,
    }


def _links(organisation):
    # One that speaks for a part: what has a node of its own answers high severity alerts there, and not here.
    part = OrganisationFactory(name="Linked part", parent=organisation)
    peer = PeerFactory(organisation=part, name="Inside node")
    a_passage(peer, why="Inside left")
    a_passage(peer, fate=Passage.Fate.CAME, why="Inside came")
    a_refusal(peer, reason="Inside refusal")
    a_head(peer)
    return {"link": peer.pk, "link_code": an_invitation(organisation, name="Inside code").pk}


def _hunts(organisation):
    """Answers of one organisation to four questions, each as far as another form needs it."""
    rows = {"columns": ["device"], "rows": [["WS-1"]], "truncated": False}
    asked = AnswerFactory(organisation=organisation, question__title="Inside question")
    counted = AnswerFactory(
        organisation=organisation, state=State.COUNTED, events=1, found=rows, question__wants_rows=True
    )
    given = AnswerFactory(organisation=organisation, state=State.GIVEN, events=1, rows=rows)
    return {
        "question": asked.question_id,
        "hunt_asked": asked.pk,
        "hunt_counted": counted.pk,
        "hunt_given": given.pk,
    }


def _responding(organisation):
    contact = ContactFactory(organisation=organisation)
    duty = a_rota(organisation, [contact]).steps.get().duties.get()
    worker = PostFactory(organisation=organisation, role=ORGANISATION_CYBER_LEAD.key).user
    NoticeFactory(contact=contact, subject="Inside notice")
    incident = IncidentFactory(organisation=organisation, title="Inside incident")
    return {
        "contact": contact.pk,
        "duty": duty.pk,
        "step": duty.step_id,
        "advisory": an_issued(organisation, clock=SystemClock(), title="Inside advisory").number,
        "draft": a_draft(organisation, clock=SystemClock()).number,
        "incident": incident.pk,
        "worker": worker.pk,
        "worker_email": worker.email,
    }


@dataclass(frozen=True)
class Walker:
    """Someone with one role somewhere, and whether what is shown lies within its reach."""

    name: str
    role: str
    inside: bool
    whole_node: bool
    client: Client
    words: dict[str, object]

    def reaches(self, page):
        """Whether what the page shows lies where the role is held."""
        return self.whole_node if page.node else (self.inside or page.anywhere)


def _walker(role, organisation, *, name, inside):
    user = PostFactory(role=role, organisation=organisation, user__name=f"Walker {name}").user
    client = Client()
    client.force_login(user)
    hunt = SavedHunt.objects.create(title="Mine", sql="SELECT 1", owner=user, saved_at=timezone.now())
    token = Token.objects.create(owner=user, name="Mine", digest=name, made_at=timezone.now(), ends_at=timezone.now())
    own = {
        "hunt": hunt.pk,
        "look_back": LookBackFactory(by=user).pk,
        "token": token.pk,
        "reported": (organisation or Organisation.objects.filter(parent=None)[0]).code,
    }
    assert is_mfa_enabled(user)
    return Walker(f"{role} {name}", role, inside, organisation is None, client, own)


@pytest.fixture
def _settings(settings, tmp_path):
    before = current()
    (tmp_path / "authority.pem").write_text("A certificate")
    changes = {"lake": "lake", "rules": "rules", "sources": "sources.json", "keys": "."}
    paths = {name: tmp_path / path for name, path in changes.items()}
    use(before.model_copy(update={**paths, "public_url": "https://node.example"}))
    settings.WATCHWARD = current()
    yield
    use(before)


def _fill(value, words):
    if isinstance(value, str):
        return value.format(**words)
    if isinstance(value, list):
        return [_fill(each, words) for each in value]
    return {key: _fill(each, words) for key, each in value.items()} if isinstance(value, dict) else value


def _ask(client, page, words):
    """Ask for a page, and undo whatever that did."""
    address, data = _fill(page.address, words), _fill(page.data, words)
    cache.clear()  # nobody is throttled
    cookies = client.cookies.copy()
    with transaction.atomic():
        if page.method == "GET":
            response = client.get(address)
        elif page.address.startswith("/api/"):
            response = client.post(address, json.dumps(data), content_type="application/json")
        else:
            response = client.post(address, data)
        transaction.set_rollback(True)
    client.cookies = cookies
    for close in response._resource_closers:  # a file that was never read to its end
        close()
    return response


def _text(response):
    return "" if response.streaming else response.content.decode(errors="replace")


def _fault(page, walker, response):
    """What is wrong with the answer, in words; empty if it is as the table says."""
    status = response.status_code
    if status >= 500 or status in {405, 422, 429}:
        return f"answered {status}"
    may = page.needs in {ANYONE, SIGNED_IN} or (page.needs in ROLES[walker.role].grants and walker.reaches(page))
    if page.shows:
        seen = status == 200 and page.shows in _text(response)
        return "" if seen == may else f"{'does not show' if may else 'shows'} {page.shows!r}"
    if page.leads:
        return "" if (status == 302) == may else f"answered {status}, but {'may' if may else 'may not'}"
    if may:
        return "" if status < 400 or status in page.errors else f"answered {status}, but may: {_text(response)[:300]}"
    return "" if status in REFUSED else f"answered {status}, but may not"


def _walk(walkers, world):
    for page in PAGES:
        for walker in walkers:
            response = _ask(walker.client, page, asdict(world) | walker.words)
            fault = _fault(page, walker, response)
            if fault:
                yield f"{page.route} at {page.address}, {walker.name}: {fault}"


@pytest.mark.usefixtures("_settings")
@pytest.mark.parametrize("role", ROLES)
def test_everyone_gets_what_their_role_opens_where_they_hold_it_and_nothing_else(role):
    region = OrganisationFactory(name="Region Above")
    organisation = OrganisationFactory(name="Inside Trust", parent=region)
    site = OrganisationFactory(name="Below Site", parent=organisation)
    world = _build(organisation)
    walkers = [
        _walker(role, organisation, name="inside", inside=True),
        _walker(role, OrganisationFactory(name="Elsewhere Trust"), name="outside", inside=False),
    ]
    if role in WIDEST:  # one role with most permissions, and the one that looks after accounts
        walkers += [
            _walker(role, region, name="above", inside=True),
            _walker(role, OrganisationFactory(name="Below Ward", parent=site), name="below", inside=False),
            _walker(role, None, name="of the whole node", inside=True),
        ]
    faults = list(_walk(walkers, world))

    assert not faults, "\n".join(faults)


@pytest.mark.usefixtures("_settings")
def test_strangers_get_the_sign_in_page_and_nothing_else():
    words = {**asdict(_build(OrganisationFactory(name="Inside Trust"))), **NOBODYS}
    faults = []
    for page in PAGES:
        response = _ask(Client(), page, words)
        sent_away = response.status_code == 401 or response.headers.get("Location", "").startswith("/account/sign-in/")
        if page.needs is not ANYONE and not sent_away:
            faults.append(f"{page.route}: a stranger got {response.status_code}")

    assert faults == []


def _patterns(resolver, prefix=""):
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, prefix + str(entry.pattern))
        else:
            yield prefix + str(entry.pattern), entry.callback


UNSAID = {"api/v1/": {"GET"}, "api/v1/openapi.json": {"GET"}}
"""What ninja itself shows to anyone, however it is asked."""


def _methods(callback):
    """The methods that a view takes, as it says itself; none if it does not say."""
    if hasattr(callback, "view_class"):  # one of allauth's; by PUT Django's forms take the same as by POST
        return {name.upper() for name in ("get", "post", "patch", "delete") if hasattr(callback.view_class, name)}
    found = set()
    while callback is not None:
        closed_over = inspect.getclosurevars(callback).nonlocals if inspect.isfunction(callback) else {}
        found |= set(closed_over.get("request_method_list", ()))
        for operation in getattr(closed_over.get("self"), "operations", ()):
            found |= set(operation.methods)
        callback = getattr(callback, "__wrapped__", None)
    return found - {"HEAD", "OPTIONS"}


def routes():
    """Every route of the console with each of its methods."""
    for pattern, callback in _patterns(get_resolver()):
        methods = UNSAID.get(pattern) or _methods(callback)
        assert methods, f"{pattern}: say which methods it takes, with require_http_methods or one of its kind"
        for method in sorted(methods):
            yield f"{method} {pattern}"


def test_the_table_knows_every_method_of_every_route_and_none_that_is_gone():
    known, there = {page.route for page in PAGES}, set(routes())
    missing = [f'    Page("{route}", Permission.…, at="{route.partition(" ")[2]}"),' for route in sorted(there - known)]

    assert not missing, "add to PAGES in tests/console/walk.py, saying who may:\n" + "\n".join(missing)
    assert known - there == set()
    assert len(known) == len(PAGES)
