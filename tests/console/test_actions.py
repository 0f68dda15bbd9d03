"""What STYLE.md asks of every action, held for all of them."""

import ast
import inspect
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp

import pytest
from django.db import connection
from django.utils import timezone

import watchward.console
from console.advisory.factories import a_draft, an_issued, says_for
from console.controls.factories import a_control
from console.detect.factories import AlertFactory, RuleFactory
from console.estate.factories import DeviceFactory, SourceFactory
from console.factories import OrganisationFactory, PostFactory, UserFactory
from console.hunts.factories import AnswerFactory, QuestionFactory
from console.intel.factories import a_collection, a_key, a_share, a_source
from console.link.factories import PeerFactory, an_invitation
from console.lookback.factories import LookBackFactory
from console.normal.factories import NormalFactory
from console.normal.factories import wanted as a_wish
from console.protect.factories import EVIL, a_block, an_excepted
from console.protect.factories import a_wish as a_block_wish
from console.respond.factories import ContactFactory, IncidentFactory, a_rota
from console.scenarios.factories import SavedScenarioFactory
from watchward.access.roles import AUDITOR, ROLES
from watchward.base.clock import SystemClock
from watchward.base.errors import NotAllowedError
from watchward.console.access import actions as access
from watchward.console.access import links
from watchward.console.access.models import Link
from watchward.console.care.actions import Arranged, Brought, Wish
from watchward.console.care.models import CareSupplier, CareSystem
from watchward.console.detect.models import SavedHunt
from watchward.console.estate.actions import NewSource
from watchward.console.estate.models import Credential
from watchward.console.harm.asked import Asked
from watchward.console.harm.models import OwnNumber
from watchward.console.hunts.actions import Wanted
from watchward.console.hunts.models import Policy as HuntPolicy
from watchward.console.hunts.models import Question
from watchward.console.intel.actions import NewCollection, Server, Share
from watchward.console.intel.sharing_queries import Wanted as SharedHow
from watchward.console.protect.own_actions import Exempt
from watchward.console.respond.actions import ContactDetails, RotaRules
from watchward.console.tokens import actions as tokens
from watchward.console.tokens.models import Token
from watchward.detect.alerts.triage import CloseReason
from watchward.detect.lives.lives import Standing
from watchward.detect.lives.sets import Said
from watchward.estate.care.map import CareMap
from watchward.estate.care.system import Supplier
from watchward.estate.care.tables import Read
from watchward.estate.device import Importance
from watchward.estate.shipper import Shipper
from watchward.harm.parameters.overriding import Override
from watchward.harm.questions.answers import Answer
from watchward.harm.questions.question import Sort, Subject
from watchward.intel.markings import Tlp
from watchward.link import code
from watchward.respond.advisory.answer import Step
from watchward.respond.blocks.adopting import Policy
from watchward.respond.incident import Severity
from watchward.respond.rota import Channel

CONSOLE = Path(watchward.console.__file__).parent
FILES = sorted(CONSOLE.glob("*/*actions.py"))


def _functions(path):
    tree = ast.parse(path.read_text())
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _public_actions():
    for path in FILES:
        module = import_module(f"watchward.console.{path.parent.name}.{path.stem}")
        for name in _functions(path):
            if not name.startswith("_"):
                yield pytest.param(path, getattr(module, name), id=f"{path.parent.name}.{name}")


ACTIONS = list(_public_actions())


def _calls(path, name, seen=frozenset()):
    """The names of everything that a function calls, through functions of the same file too."""
    functions = _functions(path)
    found = set()
    for node in ast.walk(functions[name]):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            found.add(called)
    for called in found & functions.keys() - seen - {name}:
        found |= _calls(path, called, seen | {name})
    return found


@pytest.mark.parametrize("action", [each.values[1] for each in ACTIONS], ids=[each.id for each in ACTIONS])
def test_an_action_takes_keywords_only_and_first_says_who_acts(action):
    parameters = list(inspect.signature(action).parameters.values())

    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in parameters), "begin the parameters with *"
    assert parameters[0].name == "by"
    assert "clock" in {parameter.name for parameter in parameters}, "time comes in as clock"


def _details(action):
    if "access" in action.__module__:
        return access.AccountDetails(password="three random words", name="New", email="new@watchward.example")
    return ContactDetails(name="A", channel=Channel.EMAIL, address="a@trust.example")


def _step():
    return a_rota(OrganisationFactory(), [ContactFactory()]).steps.get()


def _duty():
    return _step().duties.get()


def _token():
    now = timezone.now()
    return Token.objects.create(owner=UserFactory(), name="T", made_at=now, ends_at=now)


def _links_secret():
    return links.make(UserFactory(), Link.Purpose.FIRST, maker="Test", at=timezone.now()).path.split("/")[-2]


def _supplier():
    """One on which somebody depends."""
    at = {"changed_at": timezone.now(), "changed_by": "T", "reason": "T"}
    place, made = OrganisationFactory(), CareSupplier.objects.create(id="supplier/b", name="B", **at)
    CareSystem.objects.create(id=f"{place.code}/x", organisation=place, kind="email", host=made.pk, **at)
    return made


def _number():
    return OwnNumber.objects.create(
        organisation=OrganisationFactory(), key="k", value=1, low=1, high=1, by="T", at=timezone.now()
    )


def _asked():
    return an_issued().answers.get()


def _archive():
    folder = Path(mkdtemp())
    (folder / "a.yml").write_text("title: A")
    return folder


GIVEN = {
    "advisory": an_issued,
    "alert": lambda: AlertFactory().pk,
    "asked": lambda: Asked(down=("AA1",)),
    "alerts": lambda: [AlertFactory().pk, AlertFactory().pk],
    "answer": lambda: Answer(subject=Subject(sort=Sort.SIZE, about=("beds",)), value="3"),
    "archive": _archive,
    "assignee": lambda: None,
    "block": a_block,
    "brought": lambda: Brought(found=Read(care=CareMap(), origins={})),
    "carried": list,
    "client": lambda: a_key(a_collection()).client,
    "code": lambda: "AAAA-AAAA",
    "collection": a_collection,
    "contact": ContactFactory,
    "control": a_control,
    "counts": lambda: HuntPolicy.Counts.ASKED,
    "fewest": lambda: 5,
    "page": lambda: 1,
    "people": lambda: HuntPolicy.Counts.ASKED,
    "credential": lambda: Credential.objects.create(source=SourceFactory(), key_id="k", created_at=timezone.now()),
    "days": lambda: 30,
    "device": DeviceFactory,
    "duty": _duty,
    "email": lambda: "new@watchward.example",
    "enabled": lambda: False,
    "excepted": an_excepted,
    "exempt": lambda: Exempt(
        organisation=OrganisationFactory(), thing=EVIL, reason="R", until=timezone.now() + timedelta(days=1)
    ),
    "folder": lambda: "release",
    "given": lambda: code.make("https://csoc.example", parent="0" * 32, until=timezone.now()),
    "hours": lambda: None,
    "invitation": an_invitation,
    "hunt": lambda: SavedHunt.objects.create(title="T", sql="SELECT 1", owner=UserFactory(), saved_at=timezone.now()),
    "importance": lambda: Importance.HIGH,
    "incident": IncidentFactory,
    "lets_out": dict,
    "look_back": LookBackFactory,
    "member": lambda: True,
    "members": list,
    "minutes": lambda: 15,
    "name": lambda: "A name",
    "normal": NormalFactory,
    "key": lambda: "size beds",
    "note": lambda: "A note",
    "number": lambda: 1,
    "organisation": OrganisationFactory,
    "organisations": lambda: [OrganisationFactory()],
    "peer": PeerFactory,
    "person": UserFactory,
    "policy": Policy,
    "post": lambda: PostFactory(role=AUDITOR.key),
    "purpose": lambda: "To see",
    "reason": lambda: "A reason",
    "question": QuestionFactory,
    "raw": lambda: b'{"objects": []}',
    "records": list,
    "role": lambda: AUDITOR,
    "rules": lambda: RotaRules(
        tell_from=3, disturb_from=4, quiet_from=None, quiet_until=None, repeat_minutes=30, climbs=True
    ),
    "said": Said,
    "says": lambda: says_for(OrganisationFactory()),
    "scenario": SavedScenarioFactory,
    "scopes": list,
    "secret": _links_secret,
    "server": lambda: Server(url="https://taxii.example/collections/1/"),
    "severity": lambda: Severity.LOW,
    "share": lambda: Share(organisation=None),
    "shared": lambda: a_share(AlertFactory()),
    "shipper": lambda: Shipper.WINLOGBEAT,
    "source": SourceFactory,
    "size": lambda: 1,
    "sql": lambda: "SELECT 1",
    "standing": lambda: Standing.OFF,
    "state": lambda: None,
    "step": _step,
    "stix_id": lambda: "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",
    "supplier": lambda: Supplier(id="supplier/a", name="A"),
    "suppliers": list,
    "text": lambda: "A text",
    "thing": lambda: ("systems", "A/b"),
    "things": lambda: 1,
    "title": lambda: "A title",
    "token": _token,
    "transport": lambda: None,
    "until": lambda: timezone.now() + timedelta(days=1),
    "user": lambda: PostFactory(role=AUDITOR.key).user,
    "wanted": lambda: [NewSource(organisation=OrganisationFactory(), name="New", shipper=Shipper.WINLOGBEAT)],
    "unseen": lambda: True,
    "whole": lambda: False,
    "what": lambda: "Something odd",
    "why": lambda: "Because",
    "wish": lambda: Wish(table="suppliers", thing=Supplier(id="supplier/a", name="A")),
    "wishes": list,
}
"""What every action is given that is asked to refuse; a parameter of a new name needs a line here."""

ONE_OF_A_KIND = {
    ("allow_counting", "answer"): AnswerFactory,
    ("ask_question", "wanted"): lambda: Wanted(
        title="T", purpose="P", form=Question.Form.SQL, text="SELECT device FROM events", days=7
    ),
    ("give_rows", "answer"): AnswerFactory,
    ("look_at_rows", "answer"): AnswerFactory,
    ("refuse_answer", "answer"): AnswerFactory,
    ("answer_advisory", "answer"): _asked,
    ("answer_advisory", "step"): lambda: Step.FINISH,
    ("answer_for", "step"): lambda: Step.FINISH,
    ("change_draft", "advisory"): a_draft,
    ("discard_draft", "advisory"): a_draft,
    ("issue_advisory", "advisory"): a_draft,
    ("add_collection", "collection"): lambda: NewCollection(organisation=OrganisationFactory(), title="T"),
    ("arrange", "wanted"): lambda: [Arranged(organisation=OrganisationFactory())],
    ("close_alerts", "reason"): lambda: CloseReason.EXPECTED,
    ("decide_rules", "rules"): lambda: [RuleFactory().pk],
    ("import_rules", "source"): lambda: "somewhere",
    ("make_normal", "wanted"): a_wish,
    ("end_number", "number"): _number,
    ("report_oddity", "device"): lambda: "WS-1",
    ("say_number", "said"): lambda: Override(key="k", value=1, low=1, high=1, by="T", why="T"),
    ("switch_source", "source"): a_source,
    ("share_alert", "wanted"): lambda: SharedHow(collection=a_collection(), level=Tlp.GREEN),
    ("change_incident", "title"): lambda: "Another title",
    ("propose_block", "wanted"): a_block_wish,
    ("remove_supplier", "supplier"): _supplier,
    ("rename_supplier", "supplier"): _supplier,
    ("restore_supplier", "supplier"): _supplier,
}


def _given(action):
    for name, parameter in inspect.signature(action).parameters.items():
        if name == "details":
            yield name, _details(action)
        elif name == "clock":
            yield name, SystemClock()
        elif name != "by" and ((action.__name__, name) in ONE_OF_A_KIND or parameter.default is parameter.empty):
            yield name, (ONE_OF_A_KIND.get((action.__name__, name)) or GIVEN[name])()


def _nobody():
    return UserFactory()


def _everything_elsewhere():
    """Somebody who holds every role, but somewhere else."""
    user, elsewhere = UserFactory(), OrganisationFactory()
    for role in ROLES:
        PostFactory(user=user, role=role, organisation=elsewhere)
    return user


def _holder_of_all_tokens():
    user = UserFactory()
    now = timezone.now()
    Token.objects.bulk_create(
        Token(owner=user, name=str(n), digest=str(n), made_at=now, ends_at=now) for n in range(tokens.MOST)
    )
    return user


REFUSED = {
    "ask_recovery": lambda: UserFactory(is_active=False),
    "make_token": _holder_of_all_tokens,
}
"""Who is refused what everyone else may do for themselves."""

ANYWHERE = {"announce_hunt", "ask_question", "save_hunt"}
"""What one may do who holds the permission anywhere; the answer is scoped by itself (test_scope.py)."""


def _writes(action, by):
    """What an action writes before it refuses."""
    given, written = dict(_given(action)), []

    def watch(execute, sql, params, many, context):
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE", "REPLACE")):
            written.append(sql[:200])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch), pytest.raises(NotAllowedError):
        action(by=by, **given)
    return written


@pytest.mark.parametrize("action", [each.values[1] for each in ACTIONS], ids=[each.id for each in ACTIONS])
def test_an_action_refuses_whoever_may_not_before_it_has_written_anything(action):
    assert _writes(action, REFUSED.get(action.__name__, _nobody)()) == []


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(each.values[1], id=each.id)
        for each in ACTIONS
        if each.values[1].__name__ not in {*REFUSED, *ANYWHERE}
    ],
)
def test_an_action_refuses_whoever_may_do_it_elsewhere_before_it_has_written_anything(action):
    assert _writes(action, _everything_elsewhere()) == []


@pytest.mark.parametrize(("path", "action"), ACTIONS)
def test_an_action_is_recorded(path, action):
    assert {"record", "record_each"} & _calls(path, action.__name__), (
        f"{path.parent.name}.{action.__name__} must call record(AuditEvent.…, by=by, …) in its transaction"
    )


@pytest.mark.parametrize(("path", "action"), ACTIONS)
def test_an_action_is_one_transaction(path, action):
    function = _functions(path)[action.__name__]
    decorators = {ast.unparse(decorator) for decorator in function.decorator_list}

    assert "transaction.atomic" in decorators or "atomic" in _calls(path, action.__name__)


def test_there_are_actions_to_hold():
    assert len(ACTIONS) > 10
