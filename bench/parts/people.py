"""People of a node's database who can look at its pages. Django must be ready."""

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - of invented people's authenticators


def person(name, role, organisation=None):
    """Somebody with a second step of signing in and a role over an organisation, or over all of the node."""
    from allauth.mfa.totp.internal.auth import TOTP

    from watchward.console.access.models import Post, User

    user = User.objects.create_user(f"{name}@bench.example", name.capitalize())
    TOTP.activate(user, SECRET)
    Post.objects.create(user=user, role=role, organisation=organisation)
    return user


def signed_in(user):
    """Their browser, without a network."""
    from django.test import Client

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    return client
