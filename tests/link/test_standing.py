"""What is wrong with a link is said in words, with what to do about it, and nothing is said of one that is sound."""

from datetime import UTC, datetime, timedelta

import pytest

from watchward.link.standing import Seen, State, clocks, state, wrong

NOW = datetime(2026, 3, 8, 9, tzinfo=UTC)


def a_link(**given):
    """A child that was in contact half a minute ago."""
    defaults = {
        "above": False,
        "joined_at": NOW - timedelta(days=7),
        "last_at": NOW - timedelta(seconds=30),
        "head_at": NOW - timedelta(minutes=40),
        "ahead": timedelta(seconds=1),
    }
    return Seen(**{**defaults, **given})


def test_nothing_is_wrong_with_a_sound_link():
    assert list(wrong(a_link(), now=NOW)) == []
    assert state(a_link(), now=NOW) is State.SOUND


@pytest.mark.parametrize(
    ("given", "what", "advice"),
    [
        ({"last_at": NOW - timedelta(hours=3)}, "does not speak", "See that it runs"),
        ({"last_at": None}, "has not spoken with this node since", "See that it runs"),
        ({"above": True, "last_at": NOW - timedelta(hours=3)}, "does not speak", "link process of this node runs"),
        (
            {"refused_there": ("It is too long.", 3)},
            "3 of the things that it was told today were refused there",
            "Tell",
        ),
        ({"above": True, "lacks": "T1"}, "speaks for T1, and has no such organisation", "Import the organisations"),
        (
            {"above": True, "trouble": "https://a.example could not be reached: refused.\nTry"},
            "could not be",
            "parent runs",
        ),
        ({"above": True, "trouble": "What answers is not the parent: x.\nTry"}, "is not the parent", "ask it for a"),
        ({"above": True, "trouble": "The message is for another node than this.\nTry"}, "another node", "join it"),
        ({"above": True, "trouble": "The parent refused: This node knows no such child: it"}, "no such", "for a code"),
        ({"above": True, "trouble": "It does not carry the signature of X.\nTry"}, "signature", "new code on this"),
        ({"above": True, "trouble": "The disk is full.\nMake room."}, "The disk is full.", "Make room."),
        ({"head_at": NOW - timedelta(hours=5)}, "stopped saying where its audit log", "its worker runs"),
        ({"head_at": None}, "never said where its audit log", "its worker runs"),
        ({"fault": "Entry 7 is not what it was."}, "Entry 7 is not what it was", "put back to a backup"),
        ({"takes_nothing": True, "refused": 9}, "Nothing that it sends is taken", "sound again"),
        ({"refused": 1}, "1 of the things that it sent today was refused", "with the reasons"),
        ({"lost": 2}, "2 things for it waited too long", "will not learn"),
        ({"unknown": ("moon",)}, "does not know: moon", "up to date"),
        ({"ahead": timedelta(minutes=-7)}, "Its clock is 7 minutes behind", "time server"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(given, what, advice):
    (found,) = wrong(a_link(**given), now=NOW)

    assert what in found.what
    assert advice in found.advice


def test_an_audit_log_that_does_not_agree_comes_before_everything_else():
    found = list(wrong(a_link(fault="It went back.", last_at=NOW - timedelta(days=1), lost=3), now=NOW))

    assert "audit log" in found[0].what
    assert len(found) == 3


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"last_at": None}, State.NEVER),
        ({"last_at": NOW - timedelta(minutes=11)}, State.AWAY),
        ({"refused": 1}, State.WRONG),
        ({"ended_at": NOW, "fault": "It went back."}, State.ENDED),
    ],
)
def test_a_link_stands_in_one_word(given, expected):
    assert state(a_link(**given), now=NOW) is expected


def test_nothing_is_said_of_a_link_that_was_ended():
    assert list(wrong(a_link(ended_at=NOW, fault="It went back.", last_at=None), now=NOW)) == []


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, "not known"), (4, "the same"), (-59, "59 seconds behind"), (60, "1 minute ahead"), (90000, "1 day ahead")],
)
def test_clocks_are_compared_in_words(seconds, said):
    assert clocks(None if seconds is None else timedelta(seconds=seconds)) == said
