"""One person's questions about harm take up no more of the node than their share."""

import threading

import pytest

from console.harm.areas import SUPPLIER, an_area
from watchward.access.roles import NATIONAL_ANALYST
from watchward.base.errors import TooSoonError
from watchward.console.harm.limits import ASKING
from watchward.console.pace import Work, counted

QUERY = f"down={SUPPLIER}&hours=24"
ASKED = (
    f"/harm/what-if/?{QUERY}",
    f"/harm/what-if/table/?{QUERY}&as=json",
    f"/harm/sensitivity/?{QUERY}",
    f"/harm/what-if/compare/?{QUERY}&down_={SUPPLIER}&hours_=4",
    f"/harm/paper/?{QUERY}",
    "/harm/?organisation=XET",
    "/organisations/XET/care/questions/",
    f"/api/v1/harm/what-if?{QUERY}",
    f"/api/v1/harm/sensitivity?{QUERY}",
    "/api/v1/harm/ranking?organisation=XET",
    "/api/v1/organisations/XET/care/questions",
)


@pytest.fixture
def analyst(signed_in):
    an_area()
    return signed_in(NATIONAL_ANALYST, None)


def used_up(client):
    """Somebody's share of this minute is gone."""
    counted(ASKING.what, client.session["_auth_user_id"], 1000 * ASKING.seconds_a_minute())


@pytest.mark.parametrize("address", ASKED)
def test_who_has_used_up_a_minute_is_told_to_wait_for_the_next(analyst, address):
    assert analyst.get(address).status_code == 200

    for _ in range(2):  # the minute may have ended meanwhile
        used_up(analyst)
        refused = analyst.get(address)
        if refused.status_code == 429:
            break

    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert "busy for 20 seconds" in refused.text
    assert "Wait until the next minute" in refused.text


def test_what_is_computed_counts_and_what_others_ask_does_not():
    work = Work(what="sums", at_once=1, seconds_a_minute=lambda: 0.05)

    def ask():
        with work.turn("one"):
            sum(range(1_000_000))

    with pytest.raises(TooSoonError, match="seconds of this minute") as refused:
        all(ask() is None for _ in range(200_000))

    assert refused.value.seconds >= 1
    with work.turn("other"):
        pass


def test_so_many_questions_may_be_under_way_at_once():
    work, begun, ended = Work(what="sums", at_once=1, seconds_a_minute=lambda: 60), threading.Event(), threading.Event()

    def ask():
        with work.turn("one"):
            begun.set()
            ended.wait(30)

    other = threading.Thread(target=ask)
    other.start()
    begun.wait(30)
    with pytest.raises(TooSoonError, match="1 sums under way"), work.turn("one"):
        pass
    ended.set()
    other.join()
    with work.turn("one"):
        pass
