import json
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from watchward.respond.message import AlertLine, compose, web_request
from watchward.respond.rota import Channel

AT = datetime(2026, 7, 1, 2, 5, tzinfo=UTC)


def a_line(title="Shadow copies were deleted", **others):
    return AlertLine(
        **{"level": "Critical", "title": title, "organisation": "Elm Trust", "raised_at": AT, "url": "https://n/a/1"}
        | others
    )


def a_message(*lines, step=1, repeat=False):
    return compose(lines or [a_line()], step=step, repeat=repeat, list_url="https://n/alerts/")


def sent(channel, **others):
    return web_request(channel, a_message(), **{"notice": "n1", "recipient": "+440", "secret": "s"} | others)


def test_one_alert_is_named_with_its_time_in_the_country_and_leads_to_its_page():
    message = a_message()

    assert message.subject == "Critical: Shadow copies were deleted (Elm Trust)"
    assert "1 July 03:05" in message.text
    assert message.url == "https://n/a/1"


def test_many_alerts_become_one_notice_that_names_ten_and_counts_the_rest():
    message = a_message(*[a_line(f"Rule {n}") for n in range(25)], step=2, repeat=True)

    assert message.subject == "Still not acknowledged: 25 alerts, the worst Critical (Elm Trust)"
    assert "and 15 more" in message.lines
    assert "Nobody answered before you." in message.lines
    assert message.url == "https://n/alerts/"


def test_what_is_shaped_like_an_nhs_number_does_not_leave():
    message = a_message(a_line("Read of record 943 476 5919"))

    assert "943 476 5919" not in message.text + message.subject


@pytest.mark.parametrize("channel", [Channel.TEAMS, Channel.SLACK, Channel.WEBHOOK])
def test_a_chat_gets_the_subject_and_the_way_to_the_page_as_json(channel):
    text = json.dumps(json.loads(sent(channel).body))

    assert "Shadow copies were deleted" in text
    assert "https://n/a/1" in text


def test_teams_gets_an_adaptive_card():
    attachment = json.loads(sent(Channel.TEAMS).body)["attachments"][0]

    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["actions"][0]["url"] == "https://n/a/1"


def test_a_text_message_is_short_and_goes_to_its_number():
    form = parse_qs(sent(Channel.SMS_FORM).body.decode())
    body = json.loads(sent(Channel.SMS_JSON).body)

    assert form["To"] == ["+440"]
    assert body["to"] == "+440"
    assert len(form["Body"][0]) <= 300
    assert form["Body"][0].endswith("https://n/a/1")


def test_each_gateway_gets_its_secret_in_its_own_way():
    assert dict(sent(Channel.SMS_FORM, secret="u:p").headers)["Authorization"] == "Basic dTpw"
    assert dict(sent(Channel.SMS_JSON).headers)["Authorization"] == "Bearer s"
    assert dict(sent(Channel.WEBHOOK).headers)["X-Watchward-Signature"].startswith("sha256=")
    assert "Authorization" not in dict(sent(Channel.TEAMS).headers)


@pytest.mark.parametrize("channel", [channel for channel in Channel if channel.is_web])
def test_a_receiver_can_tell_a_repeated_delivery(channel):
    assert dict(sent(channel).headers)["Idempotency-Key"] == "n1"
