"""One factory per model; defaults are valid and dull."""

import factory
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import make_password
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


PASSWORD = "correct horse battery"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class UserFactory(DjangoModelFactory):
    """A person without any role, whose account is set up; `second_step=False` for one who has yet to do that."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    password = factory.LazyFunction(lambda: make_password(PASSWORD))

    @factory.post_generation
    def second_step(self, create, extracted):
        if create and extracted is not False:
            TOTP.activate(self, TOTP_SECRET)

    email = factory.Sequence(lambda n: f"person{n}@watchward.example")
    name = factory.Sequence(lambda n: f"Person {n}")


class PostFactory(DjangoModelFactory):
    """A person who holds a role over an organisation."""

    class Meta:
        model = Post

    user = factory.SubFactory(UserFactory)
    role = ADMINISTRATOR.key
    organisation = factory.SubFactory(OrganisationFactory)
