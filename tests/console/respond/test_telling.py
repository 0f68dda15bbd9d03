"""From an alert to a person: decided with a held clock, sent to a real mail server and a real web server."""

import socket
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from console.detect.factories import AlertFactory, RuleFactory
from console.factories import OrganisationFactory
from console.respond.factories import ContactFactory, a_rota
from watchward.base.clock import HeldClock
from watchward.console.detect.models import Alert
from watchward.console.respond import sending
from watchward.console.respond.adapters import MOST_OF_EACH
from watchward.console.respond.jobs import tell_people
from watchward.console.respond.models import Notice, NoticeAlert
from watchward.detect.sigma.rule import Level

THREE_AT_NIGHT = datetime(2026, 1, 14, 3, 0, tzinfo=UTC)
CRITICAL = Level.CRITICAL.rank


@pytest.fixture
def clock():
    return HeldClock(at=THREE_AT_NIGHT)


@pytest.fixture
def sector():
    """A trust below an ICB."""
    icb = OrganisationFactory(name="East ICB")
    return OrganisationFactory(parent=icb, name="Elm Trust")


def an_alert(organisation, *, level=CRITICAL, title="Shadow copies were deleted"):
    return AlertFactory(
        organisation=organisation, rule=RuleFactory(title=title, level=level), received_at=THREE_AT_NIGHT
    )


def run(clock, minutes, *, every=1):
    for _ in range(0, minutes + 1, every):
        tell_people(clock=clock)
        clock.advance(timedelta(minutes=every))


def received(inbox):
    return [(envelope.rcpt_tos[0], message_from_bytes(envelope.content, policy=default)) for envelope in inbox.mails]


def test_an_alert_at_three_that_nobody_answers_climbs_to_the_next_step_and_then_to_the_icb(mail_server, clock, sector):
    ana, ben = ContactFactory(organisation=sector), ContactFactory(organisation=sector)
    desk = ContactFactory(organisation=sector.parent)
    a_rota(sector, [ana], [ben], wait=15)
    a_rota(sector.parent, [desk])
    alert = an_alert(sector)

    run(clock, 30, every=5)

    assert [address for address, _ in received(mail_server)] == [ana.address, ben.address, ana.address, desk.address]
    subject, text = received(mail_server)[0][1]["Subject"], received(mail_server)[0][1].get_content()
    assert subject == "Critical: Shadow copies were deleted (Elm Trust)"
    assert f"/alerts/{alert.pk}/" in text


def test_acknowledging_stops_the_telling(mail_server, clock, sector):
    a_rota(sector, [ContactFactory(organisation=sector)], [ContactFactory(organisation=sector)])
    an_alert(sector)
    run(clock, 5)

    Alert.objects.update(state="acknowledged")
    run(clock, 60, every=10)

    assert len(mail_server.mails) == 1


def test_a_flood_becomes_one_mail_that_counts_them(mail_server, clock, sector):
    a_rota(sector, [ContactFactory(organisation=sector)])
    rule = RuleFactory(level=CRITICAL)
    for _ in range(40):
        AlertFactory(organisation=sector, rule=rule, received_at=THREE_AT_NIGHT)

    run(clock, 3)

    assert [mail["Subject"] for _, mail in received(mail_server)] == ["40 alerts, the worst Critical (Elm Trust)"]
    assert NoticeAlert.objects.count() == 40


def test_a_flood_at_one_organisation_hides_no_alert_of_another(mail_server, clock, sector):
    quiet = OrganisationFactory(name="Oak House")
    contact = ContactFactory(organisation=quiet)
    a_rota(sector, [ContactFactory(organisation=sector)])
    a_rota(quiet, [contact])
    rule = RuleFactory(level=CRITICAL)
    flood = [
        AlertFactory.build(
            organisation=sector, organisation_path=sector.path, rule=rule, received_at=THREE_AT_NIGHT, score=99
        )
        for _ in range(MOST_OF_EACH + 50)
    ]
    Alert.objects.bulk_create(flood)
    AlertFactory(organisation=quiet, rule=rule, received_at=THREE_AT_NIGHT, score=1)

    tell_people(clock=clock)

    assert contact.address in [address for address, _ in received(mail_server)]


def test_an_alert_below_the_set_level_and_one_elsewhere_tell_nobody(mail_server, clock, sector):
    a_rota(sector, [ContactFactory(organisation=sector)])
    an_alert(sector, level=Level.LOW.rank)
    an_alert(OrganisationFactory())

    run(clock, 3)

    assert mail_server.mails == []


def test_the_same_moment_decided_again_tells_nobody_twice(mail_server, clock, sector):
    a_rota(sector, [ContactFactory(organisation=sector)])
    an_alert(sector)

    for _ in range(5):
        tell_people(clock=clock)

    assert len(mail_server.mails) == 1


def test_a_mail_server_that_refuses_is_tried_again_under_the_same_identifier(mail_server, clock, sector):
    a_rota(sector, [ContactFactory(organisation=sector)])
    an_alert(sector)
    mail_server.refuse = True
    tell_people(clock=clock)
    notice = Notice.objects.get()
    assert (notice.state, notice.attempts) == ("queued", 1)
    assert notice.error

    mail_server.refuse = False
    clock.advance(timedelta(minutes=1))
    tell_people(clock=clock)

    notice.refresh_from_db()
    assert (notice.state, notice.attempts, notice.error) == ("sent", 2, "")
    assert str(notice.pk) in received(mail_server)[0][1]["Message-ID"]


def test_a_chat_channel_gets_its_shape_and_a_gateway_its_number(receiver, clock, sector):
    teams = ContactFactory(organisation=sector, channel="teams", address=receiver.url)
    sms = ContactFactory(organisation=sector, channel="sms_json", address=receiver.url, recipient="+440", secret="s")
    a_rota(sector, [teams, sms])
    an_alert(sector)

    tell_people(clock=clock)

    card, text = receiver.json()
    assert card["attachments"][0]["content"]["type"] == "AdaptiveCard"
    assert text["to"] == "+440"
    assert receiver.requests[1][1]["Authorization"] == "Bearer s"
    assert receiver.requests[0][1]["Host"].startswith("127.0.0.1")


def test_a_webhook_into_the_nodes_own_network_is_given_up_at_once(configured, clock, sector):
    configured(webhook_hosts=())
    a_rota(sector, [ContactFactory(organisation=sector, channel="webhook", address="https://localhost:1/x?token=abc")])
    an_alert(sector)

    tell_people(clock=clock)

    notice = Notice.objects.get()
    assert notice.state == "failed"
    assert "private network" in notice.error
    assert "abc" not in notice.error


def test_a_webhook_is_never_followed_elsewhere(receiver, clock, sector):
    receiver.status = 302
    a_rota(sector, [ContactFactory(organisation=sector, channel="slack", address=receiver.url)])
    an_alert(sector)

    tell_people(clock=clock)

    assert "answered with status 302" in Notice.objects.get().error
    assert len(receiver.requests) == 1


def test_a_receiver_that_answers_a_byte_at_a_time_holds_up_nobody(configured, monkeypatch, clock, sector):
    monkeypatch.setattr(sending, "DEADLINE_SECONDS", 0.5)
    configured(webhook_hosts=("localhost",))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_drip, args=(listener,), daemon=True).start()
        address = f"http://localhost:{listener.getsockname()[1]}/"
        a_rota(sector, [ContactFactory(organisation=sector, channel="webhook", address=address)])
        an_alert(sector)

        tell_people(clock=clock)

    notice = Notice.objects.get()
    assert (notice.state, notice.attempts) == ("queued", 1)
    assert "could not be reached" in notice.error


def _drip(listener):
    connection, _ = listener.accept()
    with connection, suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            connection.sendall(b"x")
            time.sleep(0.05)


def test_a_contact_that_cannot_even_be_written_down_does_not_hold_up_the_others(mail_server, clock, sector):
    broken = ContactFactory(organisation=sector, channel="webhook", address=f"https://{'a' * 80}.example/")
    a_rota(sector, [broken, ContactFactory(organisation=sector)])
    an_alert(sector, title="Two\nlines")

    tell_people(clock=clock)

    assert Notice.objects.get(contact=broken).state == "queued"
    assert "Two lines" in message_from_bytes(mail_server.mails[0].content, policy=default)["Subject"]


def test_a_receiver_that_stays_away_is_given_up_after_some_hours_and_the_others_are_told(
    mail_server, receiver, clock, sector
):
    receiver.status = 500
    broken = ContactFactory(organisation=sector, channel="webhook", address=receiver.url)
    a_rota(sector, [broken, ContactFactory(organisation=sector)], repeat_minutes=1440)
    an_alert(sector)

    run(clock, 150, every=10)

    assert Notice.objects.get(contact=broken).state == "failed"
    assert len(mail_server.mails) == 1


def test_without_a_mail_server_the_notice_says_so(configured, clock, sector):
    configured(smtp_url="")
    a_rota(sector, [ContactFactory(organisation=sector)])
    an_alert(sector)

    tell_people(clock=clock)

    assert "No mail server is set up" in Notice.objects.get().error


def test_what_is_shaped_like_an_nhs_number_does_not_leave(mail_server, clock, sector):
    a_rota(sector, [ContactFactory(organisation=sector)])
    an_alert(sector, title="Record 943 476 5919 was read")

    tell_people(clock=clock)

    mail = received(mail_server)[0][1]
    assert "943 476 5919" not in mail["Subject"] + mail.get_content()


def test_an_exercise_tells_its_invented_people_without_sending_anything(configured, mail_server, clock, sector):
    configured(exercise=True, smtp_url="smtp://127.0.0.1:9")
    a_rota(sector, [ContactFactory(organisation=sector, address="on-call@elm.test")])
    an_alert(sector)

    run(clock, 5)

    assert Notice.objects.get().state == Notice.State.SENT
    assert mail_server.mails == []


def test_an_exercise_mails_a_contact_whom_the_operator_added(configured, mail_server, clock, sector):
    configured(exercise=True)
    contact = ContactFactory(organisation=sector, address="me@real.example")
    a_rota(sector, [contact])
    an_alert(sector)

    run(clock, 5)

    assert [address for address, _ in received(mail_server)] == [contact.address]
