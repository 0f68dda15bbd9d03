"""Work that a test leaves to be done later; the worker finds it by its module's name."""

from django_tasks import task

DONE = []


@task()
def note(what: str) -> None:
    DONE.append(what)
