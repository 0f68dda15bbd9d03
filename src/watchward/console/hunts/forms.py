"""What people type about hunts that travel, checked before an action sees it."""

from django import forms

from watchward.console.hunts.actions import LONGEST_TEXT, MOST_DAYS, Wanted
from watchward.console.hunts.models import Policy, Question
from watchward.console.hunts.wire import MOST_BELOW


class AskForm(forms.Form):
    """A question to the events of several organisations."""

    title = forms.CharField(
        label="What do you want to know?",
        max_length=200,
        error_messages={"required": "Say in a few words what you want to know"},
    )
    purpose = forms.CharField(
        label="What for?",
        max_length=1000,
        error_messages={"required": "Say what for: those who are asked read it, and it is kept"},
    )
    form = forms.ChoiceField(
        label="How do you ask?",
        choices=[
            (Question.Form.SIGMA.value, "Sigma rule: counts the events that it matches"),
            (Question.Form.SQL.value, "SQL: counts the rows of one SELECT over events"),
        ],
        initial=Question.Form.SIGMA.value,
    )
    text = forms.CharField(
        label="The question itself",
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea,
        error_messages={"required": "Paste a Sigma rule, or write one SELECT"},
    )
    days = forms.IntegerField(
        label="How many days back",
        min_value=1,
        max_value=MOST_DAYS,
        initial=7,
        error_messages={"invalid": f"Enter a number of days from 1 to {MOST_DAYS}"},
    )
    rows = forms.BooleanField(label="Ask for the rows too", required=False)

    @property
    def wanted(self) -> Wanted:
        """What is asked, after the form was found valid."""
        given = self.cleaned_data
        return Wanted(
            title=given["title"],
            purpose=given["purpose"],
            form=Question.Form(given["form"]),
            text=given["text"],
            days=given["days"],
            rows=given["rows"],
        )


class PolicyForm(forms.Form):
    """What an organisation does with questions of other nodes."""

    counts = forms.ChoiceField(
        label="When another node asks",
        choices=[
            (Policy.Counts.AT_ONCE.value, "Count at once: how many events on how many devices, and nothing else"),
            (Policy.Counts.ASKED.value, "Ask us each time: nothing is looked at before somebody here allows it"),
            (Policy.Counts.NEVER.value, "Never: whoever asks is told so"),
        ],
    )
    people = forms.ChoiceField(
        label="When the question asks about named people",
        choices=[
            (Policy.Counts.AT_ONCE.value, "Treat it as any other question"),
            (
                Policy.Counts.ASKED.value,
                "Ask us each time: even how many events there are tells something of somebody",
            ),
            (Policy.Counts.NEVER.value, "Never: whoever asks is told so"),
        ],
    )
    fewest = forms.IntegerField(
        label="Of those, tell numbers below this only as fewer than this",
        min_value=1,
        max_value=MOST_BELOW,
        error_messages={"invalid": f"Enter a number from 1 to {MOST_BELOW:,}"},
    )
