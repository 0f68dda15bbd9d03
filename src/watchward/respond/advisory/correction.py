"""What a corrected alert changes for those who have answered: it asks again only those whose answer it touches."""

from dataclasses import dataclass, replace
from datetime import datetime

from watchward.respond.advisory.answer import Answer, Standing, asked
from watchward.respond.advisory.content import Advisory


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What is other in a new version.

    Args:
        actions: what is to be done, or by when.
        products: what it is about.

    """

    actions: bool
    products: bool

    def asks_again(self, answer: Answer) -> bool:
        """Whether somebody who has answered is asked again.

        Those who have closed it because they did what was asked, or carry the risk of not doing it, answered to the
        actions; those who said that it does not apply answered to the products. Whoever is still at it goes on.
        """
        if answer.standing is Standing.UNAFFECTED:
            return self.products
        return self.actions and answer.standing in {Standing.DONE, Standing.RISK_ACCEPTED}


def compared(before: Advisory, after: Advisory) -> Correction:
    """What is other in the new version of an alert; other words ask nobody again."""
    return Correction(
        actions=set(before.actions) != set(after.actions), products=set(before.products) != set(after.products)
    )


def corrected(answer: Answer, correction: Correction, *, at: datetime) -> Answer:
    """Where an organisation stands after a correction: nobody who is late gains time by it."""
    if not correction.asks_again(answer):
        return answer
    return asked(at)


def released(answer: Answer, *, at: datetime) -> Answer:
    """Where an organisation stands that is no longer concerned, or whose alert was withdrawn: nothing is due.

    What it had closed stays as it was said.
    """
    if not answer.standing.is_open:
        return answer
    return replace(answer, standing=Standing.RELEASED, said_at=at, wants_help=False)
