import json
import stat

import pytest

from watchward.base.errors import BadSetupError
from watchward.console.estate.models import Organisation, Source
from watchward.node.config import Config
from watchward.node.exercise.keys import folder
from watchward.node.exercise.prepare import prepare


@pytest.fixture
def config(tmp_path):
    made = Config(home=tmp_path / "home", exercise=True)
    made.layout.create()
    return made


@pytest.mark.django_db
def test_preparing_makes_the_sector_and_a_source_for_each_organisation_once(config):
    first = prepare(config, sector="small")
    again = prepare(config, sector="small")

    assert first == again
    assert Source.objects.count() == len(first.keys) == 20
    assert Organisation.objects.filter(code__startswith="X-").count() == 21
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
