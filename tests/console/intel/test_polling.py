"""Reading other organisations' servers: those that keep to the standard, and those that do not."""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from console.factories import OrganisationFactory
from console.intel.factories import NODE, a_clock, a_collection, a_source, an_indicator
from watchward.base.errors import BadInputError
from watchward.console.config import current, use
from watchward.console.intel import actions, moments, polling, trying
from watchward.console.intel.models import POLLED, Object, Source

START = datetime(2026, 2, 1, tzinfo=UTC)


class Neighbour:
    """Another organisation's server, which keeps to the standard unless it is told otherwise."""

    def __init__(self):
        self.rows = []
        self.asked = []
        self.page = 5
        self.dated = True
        self.uses_next = True
        self.heeds_added_after = True
        self.fails = []
        self.lines = None

    def add(self, *values, at):
        self.rows += [(at, an_indicator(value)) for value in values]
        self.rows.sort(key=lambda row: row[0])

    def answer(self, query, headers):
        """Status, headers and body."""
        self.asked.append((query, headers))
        if self.fails:
            return self.fails.pop(0)
        if self.lines is not None:
            return 200, {}, "\n".join(self.lines).encode()
        after = moments.moment(moments.read(query["added_after"])) if "added_after" in query else None
        rows = [row for row in self.rows if after is None or not self.heeds_added_after or row[0] > after]
        start = int(query.get("next", 0))
        shown = rows[start : start + self.page]
        more = start + self.page < len(rows)
        said = {"more": more, "objects": [one for _, one in shown]} if shown else {}
        if more and self.uses_next:
            said["next"] = str(start + self.page)
        dates = {}
        if shown and self.dated:
            dates = {f"X-TAXII-Date-Added-{name}": f"{moment:%Y-%m-%dT%H:%M:%S}Z"
                     for name, moment in (("First", shown[0][0]), ("Last", shown[-1][0]))}  # fmt: skip
        return 200, dates, json.dumps(said).encode()


@pytest.fixture
def neighbour():
    """One that runs, with the address of its collection as `url`."""
    told = Neighbour()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, headers, body = told.answer(query, {**self.headers, "path": parts.path})
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}/api/collections/1/"
    before = current()
    use(before.model_copy(update={"webhook_hosts": ("127.0.0.1",)}))
    yield told
    use(before)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def clock():
    return a_clock()


@pytest.fixture
def polled(neighbour, clock):
    """Poll the neighbour when it is due, so often; the source as it is afterwards."""
    source = a_source(a_collection(OrganisationFactory(code="QQ1")), url=neighbour.url)

    def poll(times=1):
        for _ in range(times):
            polling.poll_due(clock=clock)
            clock.advance(timedelta(minutes=5))
        return Source.objects.get(pk=source.pk)

    return poll


def values():
    return sorted(Object.objects.values_list("title", flat=True))


def named(*numbers):
    return sorted(f"Address 198.51.100.{n}" for n in numbers)


def test_everything_is_read_page_by_page_and_then_only_what_is_new(neighbour, polled):
    neighbour.add(*(f"198.51.100.{n}" for n in range(12)), at=START)
    first = polled()
    assert (values(), len(neighbour.asked)) == (named(*range(12)), 3)
    assert (first.objects_new, first.added_after, first.cursor) == (12, "2026-02-01T00:00:00Z", "")

    neighbour.add("198.51.100.50", at=START + timedelta(days=1))
    second = polled()

    assert values() == named(*range(12), 50)
    assert (second.objects_new, second.error, second.failures) == (13, "", 0)
    assert neighbour.asked[-1][0]["added_after"] == "2026-01-31T23:59:59.000000Z"


def test_what_shares_a_moment_with_what_was_read_is_not_lost(neighbour, polled):
    neighbour.add("198.51.100.1", at=START)
    polled()

    neighbour.add("198.51.100.2", at=START)
    source = polled()

    assert values() == named(1, 2)
    assert (source.objects_new, source.objects_known) == (2, 1)


def test_a_server_that_does_not_heed_the_moment_repeats_itself_and_does_no_harm(neighbour, polled):
    neighbour.heeds_added_after = False
    neighbour.add(*(f"198.51.100.{n}" for n in range(4)), at=START)
    neighbour.add(*(f"198.51.100.{n}" for n in range(4, 8)), at=START + timedelta(days=2))

    source = polled(3)

    assert values() == named(*range(8))
    assert (source.objects_new, source.objects_known) == (8, 16)
    assert "added before the moment" in source.error
    assert source.failures == 0


def test_a_server_that_gives_no_cursor_is_read_by_its_dates(neighbour, polled):
    neighbour.uses_next = False
    for n in range(12):
        neighbour.add(f"198.51.100.{n}", at=START + timedelta(minutes=n))

    polled()

    assert values() == named(*range(12))


def test_a_server_that_leads_nowhere_is_given_up_and_told(neighbour, polled):
    neighbour.uses_next = neighbour.dated = False
    neighbour.add(*(f"198.51.100.{n}" for n in range(12)), at=START)

    source = polled()

    assert "gives no way to it" in source.error
    assert source.failures == 1


def test_a_server_that_gives_no_dates_is_read_by_its_clock(neighbour, polled):
    neighbour.dated = False
    neighbour.add("198.51.100.1", at=START)
    polled()

    neighbour.add("198.51.100.2", at=datetime.now(tz=UTC))
    source = polled()

    assert values() == named(1, 2)
    assert source.added_after > "2026-02-01"


def test_a_long_sweep_goes_on_where_it_stopped(neighbour, polled):
    neighbour.page = 1
    neighbour.add(*(f"198.51.100.{n}" for n in range(40)), at=START)

    source = polled()
    assert (source.objects_new, source.cursor, source.error) == (polling.PAGES_AT_ONCE, "25", "")
    assert source.next_at <= source.last_at

    source = polled()
    assert (source.objects_new, source.cursor) == (40, "")


def test_a_slow_server_is_left_after_its_turn_and_read_on_in_the_next(neighbour, polled, monkeypatch):
    neighbour.add(*(f"198.51.100.{n}" for n in range(12)), at=START)
    monkeypatch.setattr(polling, "TURN_SECONDS", 0.0)

    assert (polled().objects_new, len(neighbour.asked)) == (5, 1)
    assert polled(times=2).objects_new == 12


def test_a_failure_in_the_middle_loses_nothing(neighbour, polled):
    neighbour.add(*(f"198.51.100.{n}" for n in range(12)), at=START)
    answer, count = neighbour.answer, iter(range(100))

    def sometimes(query, headers):
        return (500, {}, b"") if next(count) in {1, 2} else answer(query, headers)

    neighbour.answer = sometimes

    source = polled(5)

    assert (values(), source.failures, source.error) == (named(*range(12)), 0, "")


def test_a_cursor_that_the_server_forgot_begins_the_sweep_anew(neighbour, polled):
    neighbour.page = 1
    neighbour.add(*(f"198.51.100.{n}" for n in range(30)), at=START)
    polled()
    neighbour.fails = [(404, {}, b"{}")]

    failed = polled()
    assert (failed.cursor, failed.failures) == ("", 1)

    assert polled(3).objects_new == 30


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, {}, b""), "user name and the password"),
        ((404, {}, b""), "Check the address"),
        ((406, {}, b""), "does not speak TAXII 2.1"),
        ((302, {"Location": "https://elsewhere.example/"}, b""), "status 302"),
        ((200, {}, b"<html>"), "no envelope"),
        ((200, {}, b'{"objects": 5}'), "no envelope"),
        ((200, {}, b"\xff"), "no envelope"),
        ((520, {}, b""), "status 520"),
        ((429, {"Retry-After": "\xb2"}, b""), "status 429"),
    ],
)
def test_what_is_wrong_stands_at_the_source_with_what_to_do(neighbour, polled, answer, said):
    neighbour.fails = [answer]

    source = polled()

    assert said in source.error
    assert (source.failures, Object.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    "headers",
    [
        {"Date": "Sun, 01 Mar 2026 09:00:00 -0000"},
        {"Date": "Mon, 01 Jan 0001 00:00:00 +0000"},
        {"X-TAXII-Date-Added-Last": "0001-01-01T00:00:00Z"},
        {"X-TAXII-Date-Added-Last": "soon"},
    ],
)
def test_a_moment_that_makes_no_sense_stops_nothing(neighbour, polled, headers):
    neighbour.add("198.51.100.1", at=START)
    neighbour.fails = [(200, headers, json.dumps({"objects": [an_indicator("198.51.100.2")]}).encode())]
    neighbour.heeds_added_after = False

    polled()
    neighbour.answer, answered = lambda query, told: answered({"limit": query["limit"]}, told), neighbour.answer

    assert polled(2).failures == 0
    assert values() == named(1, 2)


def test_what_nobody_thought_of_stands_at_the_source_and_holds_up_no_other(neighbour, polled):
    neighbour.add("198.51.100.1", at=START)
    broken = a_source(name="Broken", url=neighbour.url)
    Source.objects.filter(pk=broken.pk).update(next_at=None, collection=None)

    source, broken = polled(), Source.objects.get(pk=broken.pk)

    assert values() == named(1)
    assert (source.failures, broken.failures) == (0, 1)
    assert "could not be taken in" in broken.error


def test_it_is_tried_again_later_each_time_and_when_the_server_wants(neighbour, polled):
    neighbour.fails = [(500, {}, b"")] * 3 + [(429, {"Retry-After": "7200"}, b"")]
    pauses = []
    for _ in range(4):
        Source.objects.update(next_at=None)
        polled()
        source = Source.objects.get()
        pauses.append((source.next_at - source.last_at).total_seconds() / 60)

    assert pauses == [5, 10, 20, 120]


def test_a_source_that_is_stopped_is_left_alone_until_it_is_begun_again(neighbour, polled, clock):
    neighbour.add("198.51.100.1", at=START)
    actions.switch_source(by=NODE, source=Source.objects.get(), enabled=False, clock=clock)
    assert polled().objects_new == 0

    actions.switch_source(by=NODE, source=Source.objects.get(), enabled=True, clock=clock)
    assert polled().objects_new == 1


def test_a_password_is_sent_and_is_not_kept_as_it_is(neighbour, clock):
    source = a_source(url=neighbour.url, username="reader", secret="hunter2-and-more")

    polling.poll_due(clock=clock)

    assert "hunter2" not in str(Source.objects.filter(pk=source.pk).values().get())
    assert neighbour.asked[0][1]["Authorization"] == "Basic cmVhZGVyOmh1bnRlcjItYW5kLW1vcmU="
    assert neighbour.asked[0][1]["path"] == "/api/collections/1/objects/"


def test_without_its_key_a_source_says_so_and_others_go_on(neighbour, polled):
    a_source(url=neighbour.url, username="reader", secret="another")
    (current().keys / "intel.key").unlink()
    neighbour.add("198.51.100.1", at=START)

    polled()

    assert sorted(bool(error) for error in Source.objects.values_list("error", flat=True)) == [False, True]
    assert values() == named(1)


@pytest.mark.parametrize(
    "url", ["http://taxii.example/c/1/", "ftp://taxii.example/", "https://user:secret@taxii.example/", "", "https://"]
)
def test_an_address_that_may_not_be_asked_is_refused(url):
    with pytest.raises(BadInputError, match="no address that may be asked"):
        a_source(url=url)


def test_a_name_that_leads_into_the_nodes_own_network_is_not_asked(clock):
    a_source(url="https://localhost:9/c/1/")

    polling.poll_due(clock=clock)

    assert "private network" in Source.objects.get().error


def test_a_hostile_server_brings_in_what_can_be_read_and_nothing_else(neighbour, polled):
    good = an_indicator("198.51.100.1")
    bad = [5, "text", None, {}, {"id": "x"}, {"type": "indicator", "id": good["id"]}, [[[]]]]
    neighbour.fails = [(200, {}, json.dumps({"objects": [*bad, good]}).encode())]

    source = polled()

    assert values() == named(1)
    assert (source.objects_new, source.objects_refused, source.failures) == (1, 7, 0)


@pytest.fixture
def listed(neighbour):
    """A list at an address, as lines that a test writes."""
    neighbour.lines = ["198.51.100.7", "bad.example"]
    return neighbour.lines


def test_a_list_at_an_address_is_read_again_and_again_and_what_is_known_stays(neighbour, listed, clock):
    source = a_source(url=neighbour.url, kind=Source.Kind.FEED)
    polling.poll(source, clock=clock)
    listed += ["203.0.113.9", "no thing at all"]
    polling.poll(source, clock=clock)

    source.refresh_from_db()
    assert Object.objects.filter(source=source, type="indicator").count() == 3
    assert source.failures == 0
    assert "could not be read" in source.error


def test_a_list_that_names_nothing_says_what_to_do(neighbour, listed, clock):
    listed[:] = ["<html>", "Sign in"]
    source = a_source(url=neighbour.url, kind=Source.Kind.FEED)
    polling.poll(source, clock=clock)

    source.refresh_from_db()
    assert source.failures == 1
    assert "holds nothing that can be used" in source.error


def test_trying_a_source_says_what_it_offers_and_keeps_nothing(neighbour):
    neighbour.add("198.51.100.1", "198.51.100.2", at=START)
    source = a_source(url=neighbour.url)

    assert trying.tried(source).sentence == "It answers. Its first page holds 2 objects; those are all."
    assert not Object.objects.exists()
    neighbour.fails = [(401, {}, b"")]
    told = trying.tried(source)
    assert not told.works
    assert "Check the user name and the password." in told.sentence


def test_trying_a_list_counts_what_it_names(neighbour, listed):
    source = a_source(url=neighbour.url, kind=Source.Kind.FEED)

    assert trying.tried(source).sentence == "It answers, and names 2 things."
    listed[:] = ["nothing to see"]
    assert "with nothing that can be used" in trying.tried(source).sentence


def test_a_name_that_no_host_can_have_is_told_and_nothing_breaks():
    source = a_source(url=f"https://{'a' * 64}.example/api/collections/1/")

    told = trying.tried(source)

    assert not told.works
    assert "leads nowhere" in told.sentence


@pytest.mark.parametrize("kind", POLLED)
def test_json_that_is_nested_without_end_is_told_and_nothing_breaks(neighbour, kind):
    neighbour.lines = ["[" * 200_000]
    told = trying.tried(a_source(url=neighbour.url, kind=kind))

    assert not told.works
    neighbour.lines = ['{"title": ' + "[" * 200_000]
    assert not trying.tried(a_source(url=neighbour.url, kind=kind)).works


def test_a_list_without_end_is_refused(neighbour):
    neighbour.lines = ["198.51.100.1"] * (1 << 21)
    told = trying.tried(a_source(url=neighbour.url, kind=Source.Kind.FEED))

    assert "longer than 16 MiB" in told.sentence
