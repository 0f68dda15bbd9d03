import pytest
from django.db.migrations.recorder import MigrationRecorder

from watchward.node import wiring


@pytest.mark.django_db
def test_a_database_of_this_version_has_nothing_to_migrate():
    assert not wiring.is_behind()


@pytest.mark.django_db
@pytest.mark.parametrize("app", ["estate", "account", "sessions"])
def test_a_database_that_lacks_one_migration_is_behind(app):
    MigrationRecorder.Migration.objects.filter(app=app).latest("id").delete()

    assert wiring.is_behind()
