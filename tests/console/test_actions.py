"""What STYLE.md asks of every action, held for all of them."""

import ast
import inspect
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp

import pytest
from django.db import connection
from django.utils import timezone

import watchward.console
from console.detect.factories import AlertFactory, RuleFactory
from console.estate.factories import DeviceFactory, SourceFactory
from console.factories import OrganisationFactory, PostFactory, UserFactory
from console.lookback.factories import LookBackFactory
from console.normal.factories import NormalFactory
from console.normal.factories import wanted as a_wish
from console.respond.factories import ContactFactory, IncidentFactory, a_rota
from watchward.access.roles import AUDITOR, ROLES
from watchward.base.clock import SystemClock
from watchward.base.errors import NotAllowedError
from watchward.console.access import actions as access
from watchward.console.access import links
from watchward.console.access.models import Link
from watchward.console.care.actions import Arranged, Brought, Wish
from watchward.console.detect.models import SavedHunt
from watchward.console.estate.actions import NewSource
from watchward.console.estate.models import Credential
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
from watchward.respond.incident import Severity
from watchward.respond.rota import Channel

CONSOLE = Path(watchward.console.__file__).parent
FILES = sorted(CONSOLE.glob("*/actions.py"))


def _functions(path):
    tree = ast.parse(path.read_text())
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def _public_actions():
    for path in FILES:
        module = import_module(f"watchward.console.{path.parent.name}.actions")
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


def _archive():
    folder = Path(mkdtemp())
    (folder / "a.yml").write_text("title: A")
    return folder


GIVEN = {
    "alert": lambda: AlertFactory().pk,
    "alerts": lambda: [AlertFactory().pk, AlertFactory().pk],
    "archive": _archive,
    "assignee": lambda: None,
    "brought": lambda: Brought(found=Read(care=CareMap(), origins={})),
    "code": lambda: "AAAA-AAAA",
    "contact": ContactFactory,
    "credential": lambda: Credential.objects.create(source=SourceFactory(), key_id="k", created_at=timezone.now()),
    "days": lambda: 30,
    "device": DeviceFactory,
    "duty": _duty,
    "email": lambda: "new@watchward.example",
    "folder": lambda: "release",
    "hours": lambda: None,
    "hunt": lambda: SavedHunt.objects.create(title="T", sql="SELECT 1", owner=UserFactory(), saved_at=timezone.now()),
    "importance": lambda: Importance.HIGH,
    "incident": IncidentFactory,
    "look_back": LookBackFactory,
    "minutes": lambda: 15,
    "name": lambda: "A name",
    "normal": NormalFactory,
    "note": lambda: "A note",
    "number": lambda: 1,
    "organisation": OrganisationFactory,
    "organisations": lambda: [OrganisationFactory()],
    "person": UserFactory,
    "post": lambda: PostFactory(role=AUDITOR.key),
    "purpose": lambda: "To see",
    "reason": lambda: "A reason",
    "records": list,
    "role": lambda: AUDITOR,
    "rules": lambda: RotaRules(
        tell_from=3, disturb_from=4, quiet_from=None, quiet_until=None, repeat_minutes=30, climbs=True
    ),
    "said": Said,
    "secret": _links_secret,
    "severity": lambda: Severity.LOW,
    "shipper": lambda: Shipper.WINLOGBEAT,
    "source": SourceFactory,
    "sql": lambda: "SELECT 1",
    "standing": lambda: Standing.OFF,
    "state": lambda: None,
    "step": _step,
    "suppliers": list,
    "text": lambda: "A text",
    "thing": lambda: ("systems", "A/b"),
    "title": lambda: "A title",
    "token": _token,
    "user": lambda: PostFactory(role=AUDITOR.key).user,
    "wanted": lambda: [NewSource(organisation=OrganisationFactory(), name="New", shipper=Shipper.WINLOGBEAT)],
    "what": lambda: "Something odd",
    "wish": lambda: Wish(table="suppliers", thing=Supplier(id="supplier/a", name="A")),
}
"""What every action is given that is asked to refuse; a parameter of a new name needs a line here."""

ONE_OF_A_KIND = {
    ("arrange", "wanted"): lambda: [Arranged(organisation=OrganisationFactory())],
    ("close_alerts", "reason"): lambda: CloseReason.EXPECTED,
    ("decide_rules", "rules"): lambda: [RuleFactory().pk],
    ("import_rules", "source"): lambda: "somewhere",
    ("make_normal", "wanted"): a_wish,
    ("report_oddity", "device"): lambda: "WS-1",
    ("change_incident", "title"): lambda: "Another title",
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

ANYWHERE = {"announce_hunt", "save_hunt"}
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
