"""Controls are let in by those who may, and the server of lists reads who they are."""

import hashlib

import pytest

from console.factories import OrganisationFactory, UserFactory
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.guard import Service
from watchward.console.config import current
from watchward.console.controls import actions, queries
from watchward.console.controls.adapters import transfer_key
from watchward.lists.connecting import Here, Program, configuration
from watchward.lists.controls import Controls
from watchward.lists.forms import Family

CLOCK = SystemClock()
BY = Service(name="test")
pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(tmp_path, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(
        "watchward.console.controls.adapters.current", lambda: current().model_copy(update={"keys": tmp_path})
    )

    def during(do):
        with django_capture_on_commit_callbacks(execute=True):
            made = do()
        return made, Controls(tmp_path / "controls.json")

    return during


def wanted(**said):
    return actions.Wanted(**{"name": "The resolver", "forms": [Family.RPZ], **said})


def test_a_control_is_known_by_its_secret_its_key_and_all_organisations_above(kept):
    here = OrganisationFactory()
    made, read = kept(lambda: actions.add_control(by=BY, organisation=here, wanted=wanted(), clock=CLOCK))
    found = read.shown(f"Bearer {made.control.pk}.{made.secret}")
    assert (found.organisation, found.within[-1]) == (here.code, here.code)
    assert found.tsig == made.transfer_key == transfer_key(made.control)
    assert made.control.digests == [hashlib.sha256(made.secret.encode()).hexdigest()]
    assert list(queries.controls_visible_to(BY)) == [made.control]


def test_a_renewed_control_is_known_by_both_secrets_until_the_next(kept):
    made, _ = kept(lambda: actions.add_control(by=BY, organisation=OrganisationFactory(), wanted=wanted(), clock=CLOCK))
    second, read = kept(lambda: actions.renew_control(by=BY, control=made.control, clock=CLOCK))
    shown = [read.shown(f"Bearer {made.control.pk}.{one.secret}") is not None for one in (made, second)]
    assert shown == [True, True]
    assert made.transfer_key != second.transfer_key
    _, read = kept(lambda: actions.renew_control(by=BY, control=made.control, clock=CLOCK))
    assert read.shown(f"Bearer {made.control.pk}.{made.secret}") is None


def test_a_disabled_control_reads_nothing_until_it_is_enabled(kept):
    made, _ = kept(lambda: actions.add_control(by=BY, organisation=OrganisationFactory(), wanted=wanted(), clock=CLOCK))
    _, read = kept(lambda: actions.disable_control(by=BY, control=made.control, clock=CLOCK))
    assert read.of(made.control.pk) is None
    _, read = kept(lambda: actions.enable_control(by=BY, control=made.control, clock=CLOCK))
    assert read.of(made.control.pk) is not None


def test_whoever_may_not_lets_nobody_in():
    with pytest.raises(NotAllowedError):
        actions.add_control(by=UserFactory(), organisation=OrganisationFactory(), wanted=wanted(), clock=CLOCK)


@pytest.mark.parametrize(
    "said",
    [
        {"name": " "},
        {"forms": []},
        {"unsigned": True},
        {"addresses": ["everywhere"]},
        {"notify": ["192.0.2.1@many"]},
        {"notify": ["resolver.example"]},
    ],
)
def test_a_control_that_cannot_be_is_refused(said):
    with pytest.raises(BadInputError):
        actions.add_control(by=BY, organisation=OrganisationFactory(), wanted=wanted(**said), clock=CLOCK)


@pytest.mark.parametrize("program", Program)
def test_every_program_is_told_what_to_write(kept, program):
    made, read = kept(
        lambda: actions.add_control(by=BY, organisation=OrganisationFactory(), wanted=wanted(), clock=CLOCK)
    )
    here = Here(url="https://node/lists/", host="192.0.2.9", dns_port=5346, secret="hush", transfer_key="a2V5")
    text = configuration(program, read.of(made.control.pk), here)
    assert "{" not in text.replace("{ ", "").replace("() {", "") or program in (Program.BIND, Program.ZEEK)
    assert ("hush" in text) == (program.family is not Family.RPZ)
