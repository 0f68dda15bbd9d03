"""What comes of a small form: it is done and the next page says so, or it says what is wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from watchward.base.errors import BadInputError


@dataclass(slots=True, kw_only=True)
class Posted:
    """A form that was sent.

    Args:
        request: by which it came.
        done: what the next page says when it is done.
        error: what is wrong with it; None: nothing.

    """

    request: HttpRequest
    done: str
    error: BadInputError | None = None

    def back(self, route: str, key: int) -> HttpResponse:
        """Lead to the page of a thing, which says what was done, or what is wrong."""
        if self.error is not None:
            messages.error(self.request, f"{self.error.message} {self.error.advice}")
        return redirect(route, key=key)


@contextmanager
def posted(request: HttpRequest, done: str) -> Iterator[Posted]:
    """Do what a form asks; bad input ends it, and is the form's error."""
    form = Posted(request=request, done=done)
    try:
        yield form
    except BadInputError as error:
        form.error = error
    else:
        messages.success(request, form.done)
