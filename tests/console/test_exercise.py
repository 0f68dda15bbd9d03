import json
import stat

import pytest
from allauth.mfa.totp.internal.auth import TOTP

from console.detect.factories import AlertFactory
from console.factories import TOTP_SECRET
from watchward.access.roles import NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD, ROLES
from watchward.base.clock import SystemClock
from watchward.base.errors import BadSetupError
from watchward.console.access.models import Post, User
from watchward.console.advisory.models import Answer
from watchward.console.config import current, use
from watchward.console.estate.models import Organisation, Source
from watchward.console.intel.sharing_queries import proposal
from watchward.console.protect.checking import check_waiting
from watchward.console.protect.models import Block, CanaryMember
from watchward.console.respond.models import Contact
from watchward.estate.device import Importance
from watchward.estate.organisation import OrganisationKind
from watchward.node.config import Config
from watchward.node.exercise import sharing
from watchward.node.exercise.keys import folder
from watchward.node.exercise.marks import invented_mark
from watchward.node.exercise.prepare import prepare
from watchward.respond.advisory.answer import Standing


@pytest.fixture
def config(tmp_path):
    made = Config(home=tmp_path / "home", exercise=True)
    made.layout.create()
    before = current()
    use(before.model_copy(update={"home": tmp_path, "lake": tmp_path / "lake", "cache": tmp_path / "cache"}))
    yield made
    use(before)


@pytest.mark.django_db
def test_preparing_makes_the_sector_and_a_source_for_each_organisation_with_devices_once(config):
    first = prepare(config, sector="small")
    again = prepare(config, sector="small")

    assert first == again
    assert Source.objects.count() == len(first.keys) == 20
    assert Organisation.objects.filter(code__startswith="X-").count() == 32
    assert Organisation.objects.get(code="X-P1").path == "/X-N1/X-R1/X-I1/X-P1/"


@pytest.mark.django_db
def test_the_keys_are_readable_to_their_owner_only(config):
    prepare(config, sector="small")

    path = folder(config.layout) / "keys.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(json.loads(path.read_text())["keys"]) == 20


@pytest.mark.django_db
def test_a_start_that_names_no_sector_takes_the_one_that_was_prepared(config):
    first = prepare(config, sector="small")

    assert prepare(config) == first


def test_a_home_is_prepared_for_one_sector_only(config):
    prepare(config, sector="small")

    with pytest.raises(BadSetupError, match="prepared for the sector 'small'"):
        prepare(config, sector="default")


@pytest.mark.django_db
def test_an_exercise_never_enters_a_real_node(tmp_path):
    with pytest.raises(BadSetupError, match="a real node"):
        prepare(Config(home=tmp_path / "home"))
    assert not Organisation.objects.filter(code__startswith="X-").exists()


@pytest.mark.django_db
def test_someone_holds_each_role_and_nobody_can_sign_in(config):
    prepare(config, sector="small")

    assert set(Post.objects.values_list("role", flat=True)) == set(ROLES)
    assert not any(user.has_usable_password() for user in User.objects.all())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "has"),
    [
        ("/blocks/switch/", "Lift everything now"),
        ("/intelligence/groups/new/", "<form"),
        ("/blocks/new/", "Empty: for all organisations"),
    ],
)
def test_the_national_analysts_can_do_what_is_national(config, client, page, has):
    prepare(config, sector="small")
    analyst = Post.objects.filter(role=NATIONAL_ANALYST.key).first().user
    TOTP.activate(analyst, TOTP_SECRET)
    client.force_login(analyst)

    shown = client.get(page)

    assert shown.status_code == 200
    assert has in shown.content.decode()


@pytest.mark.django_db
def test_a_trust_and_a_practice_of_each_area_try_blocks_first(config):
    prepare(config, sector="trusts=3,icbs=2,practices=4,care_homes=6,devices=900")

    members = Organisation.objects.filter(pk__in=CanaryMember.objects.values("organisation"))
    assert sorted(members.values_list("kind", flat=True)) == ["gp_practice", "gp_practice", "trust"]
    assert set(members.filter(kind="gp_practice").values_list("parent__code", flat=True)) == {"X-I1", "X-I2"}


@pytest.mark.django_db
def test_each_trust_has_a_rota_whose_people_are_invented(config):
    prepare(config, sector="small")

    for trust in Organisation.objects.filter(code__startswith="X-T"):
        assert trust.rota.steps.count() == 2
    addresses = [*Contact.objects.values_list("address", flat=True), *User.objects.values_list("email", flat=True)]
    assert all(address.endswith(".test") for address in addresses)


@pytest.mark.parametrize(
    ("name", "importance"),
    [
        ("ZINDT1-DC02.zindt1.test", Importance.VITAL),
        ("ZINDT1-EPR04.zindt1.test", Importance.VITAL),
        ("zindt1-lnx01.zindt1.test", Importance.HIGH),
        ("ZINDT1-KSK40.zindt1.test", Importance.LOW),
    ],
)
def test_invented_devices_are_marked_by_their_names(name, importance):
    assert invented_mark(name).importance is importance


@pytest.mark.parametrize("name", ["ZINDT1-WS07.zindt1.test", "printer", "10.0.0.7"])
def test_a_device_that_is_worth_as_much_as_most_has_no_mark(name):
    assert invented_mark(name) is None


@pytest.mark.django_db
def test_every_organisation_can_share_an_alert_at_once(config):
    prepare(config, sector="small")

    post = Post.objects.filter(role=ORGANISATION_CYBER_LEAD.key).first()
    proposed = proposal(post.user, AlertFactory(organisation=post.organisation))
    assert [one.title for one in proposed.collections] == [sharing.TITLE]


def where_it_is_blocked(thing, state):
    blocks = Block.objects.filter(kind=thing.kind.value, value=thing.value, state=state)
    return set(blocks.values_list("organisation__code", flat=True))


@pytest.mark.django_db
def test_what_two_trusts_saw_is_blocked_for_every_area_by_its_written_policy(config):
    prepare(config, sector="trusts=3,icbs=2,practices=4,care_homes=6,devices=900")

    assert where_it_is_blocked(sharing.CORROBORATED, "in_force") == {"X-I1", "X-I2"}
    why = Block.objects.filter(value=sharing.CORROBORATED.value, state="in_force").first().why
    assert "blocks what is believed to 70%; it is believed to 7" in why or "believed to 8" in why


@pytest.mark.django_db
def test_what_one_trust_says_alone_is_blocked_only_where_less_is_asked_and_after_a_look_at_harm(config):
    prepare(config, sector="small")
    assert where_it_is_blocked(sharing.DOUBTED, "proposed") == {"X-T2"}

    check_waiting(clock=SystemClock())

    assert where_it_is_blocked(sharing.DOUBTED, "in_force") == {"X-T2"}


@pytest.mark.django_db
def test_what_a_trust_withdrew_was_blocked_and_is_lifted_everywhere(config):
    prepare(config, sector="small")

    assert where_it_is_blocked(sharing.WITHDRAWN, "lifted") == {"X-P1", "X-C1", "X-T2"}
    assert set(Block.objects.filter(value=sharing.WITHDRAWN.value).values_list("because", flat=True)) == {"indicator"}


@pytest.mark.django_db
def test_a_newcomer_sees_on_the_pages_what_was_shared_blocked_and_withdrawn(config, signed_in):
    prepare(config, sector="small")
    client = signed_in(NATIONAL_ANALYST, Organisation.objects.get(code="X-N1"))

    blocks = client.get("/blocks/").content.decode()
    assert sharing.CORROBORATED.value in blocks
    assert "In force" in blocks
    assert "Lifted" in blocks
    assert "believed to 70%" in client.get("/blocks/policies/").content.decode()


@pytest.mark.django_db
def test_the_high_severity_alert_concerns_care_homes_of_which_some_answered_and_some_are_late(config):
    prepare(config, sector="small")

    homes = Answer.objects.filter(organisation__kind=OrganisationKind.CARE_HOME.value)
    assert homes.exclude(standing=Standing.ASKED.value).count() >= 5
    assert homes.filter(standing=Standing.ASKED.value, due_by__lt=SystemClock().now()).count() >= 2
