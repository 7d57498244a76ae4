"""Five hundred situations of a kill: each ends verified flat, or says exactly what is left; the venue is the judge."""

import pytest

from engine.unwinding.leftovers import NO_PROOF
from tests.kill_situations import Situation


def play(seed: int) -> str:
    """One situation from its beginning to its end; how it ended."""
    situation = Situation(seed)
    situation.trade()
    word = situation.trouble()
    answer = situation.kill()
    assert situation.account.entries_closed == "the kill switch was used"
    waited = 0
    while not answer.is_settled:
        situation.pass_time(0.5)
        waited += 1
        assert waited <= 2 * 76, "it goes on for ever"
    assert situation.faults == []
    left, truth = situation.operator.left_over, situation.truth()
    told = str(answer.sentence)
    if left:
        assert "left are" in told
        assert "flat, no position" not in told
        if word != "gone" or "did not answer" not in told:
            assert truth == {each for each in left if "in our books alone" not in each} - {NO_PROOF}
        return f"left {word}"
    assert "flat, no position and no order is left" in told
    assert truth == set() or word == "hand"
    rows = situation.journal.pages.of("mode")
    assert situation.journal.is_broken or any(row["what"] == "kill.done" for row in rows)
    situation.pass_time(20)
    assert situation.faults == []
    if word != "hand":
        assert situation.truth() == set()
    return "flat"


def play_all(seeds: range) -> tuple[int, list[str]]:
    """How many ended flat, and what must not have been."""
    flat, wrong = 0, []
    for seed in seeds:
        try:
            flat += play(seed) == "flat"
        except AssertionError as error:
            wrong.append(f"seed {seed}: {error}")
    return flat, wrong


@pytest.mark.parametrize("first", range(0, 500, 100))
def test_a_kill_ends_flat_or_says_exactly_what_is_left(first: int) -> None:
    """Partial fills, rejects, time-outs, stops that trigger, strategies that loop, a slow or broken journal."""
    flat, wrong = play_all(range(first, first + 100))
    assert wrong == []
    assert flat >= 75, "most of these exchanges let themselves be flattened within the time"


def test_what_the_exchange_said_to_be_over_is_not_left() -> None:
    """A target was listed, then told as cancelled, and no list came any more: the newer word counts."""
    assert play(8832) == "left hand"


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_thousands_of_kills() -> None:
    """The same for twenty times as many."""
    assert play_all(range(1_000, 11_000))[1] == []
