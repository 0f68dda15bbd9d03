"""One factory per model; defaults are valid and dull."""

import factory
from factory.django import DjangoModelFactory

from watchward.access.roles import ADMINISTRATOR
from watchward.console.access.models import Post, User
from watchward.console.estate.models import Organisation
from watchward.estate.organisation import OrganisationKind


class OrganisationFactory(DjangoModelFactory):
    """A trust at the top of its own tree; give `parent` to place it below another."""

    class Meta:
        model = Organisation

    code = factory.Sequence(lambda n: f"X{n:03}")
    name = factory.LazyAttribute(lambda o: f"Invented Trust {o.code}")
    kind = OrganisationKind.TRUST
    parent = None
    path = factory.LazyAttribute(lambda o: f"{o.parent.path if o.parent else '/'}{o.code}/")


class UserFactory(DjangoModelFactory):
    """A person without any role."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@watchward.example")
    name = factory.Sequence(lambda n: f"Person {n}")


class PostFactory(DjangoModelFactory):
    """A person who holds a role over an organisation."""

    class Meta:
        model = Post

    user = factory.SubFactory(UserFactory)
    role = ADMINISTRATOR.key
    organisation = factory.SubFactory(OrganisationFactory)
