"""When books are compared again: after an exchange that was silent, and after what came while they were compared."""

import pytest

from engine import events
from engine.exchange.questions import ListPositions, Question
from tests.correspondence_stage import Stage


@pytest.fixture
def stage() -> Stage:
    """An empty account that is compared by the timer."""
    stage = Stage()
    stage.parts.reconcile.start()
    return stage


def comparisons(stage: Stage) -> int:
    """How many were begun."""
    return sum(isinstance(question, ListPositions) for _, question in stage.exchange.asked)


def test_a_comparison_that_failed_is_repeated_soon(stage: Stage) -> None:
    """Otherwise the exchange would seem silent for half a minute only because nobody asked it anything."""
    stage.exchange.is_silent = True
    stage.pass_time(31)
    stage.exchange.is_silent = False
    stage.pass_time(4)  # the answers to the first one are given up
    assert (comparisons(stage), stage.heard(events.Reconciled)) == (1, [])
    stage.pass_time(6)
    assert comparisons(stage) == 2
    assert stage.parts.reconcile.verdict == "equal"


def test_what_asks_while_books_are_compared_is_followed_by_another_comparison(stage: Stage) -> None:
    """A fault that passed after it had begun is only settled by one that began later."""
    ask = stage.exchange.ask

    def wanting(question: Question, answer: object) -> None:
        if isinstance(question, ListPositions) and comparisons(stage) == 0:
            stage.parts.reconcile.run()
        ask(question, answer)  # type: ignore[arg-type]

    stage.exchange.ask = wanting  # type: ignore[method-assign]
    stage.parts.reconcile.run()
    assert comparisons(stage) == 1
    stage.pass_time(0.001)
    assert comparisons(stage) == 2
    stage.pass_time(5)
    assert comparisons(stage) == 2  # once, not for ever
