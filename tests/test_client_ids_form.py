"""Client order ids: unique for ever, made of characters that exchanges allow, and readable to a person."""

import re
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.client_ids import ClientIds, base32

CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u
FORM = re.compile(rf"H1[{CROCKFORD}]{{5}}-[{CROCKFORD}]{{7}}-A0[{CROCKFORD}]{{2}}-[{CROCKFORD}]{{3}}")


@given(st.integers(0, 32**5 - 1), st.lists(st.text(max_size=20), min_size=1, max_size=30))
def test_an_id_has_the_form_that_exchanges_allow(epoch: int, strategies: list[str]) -> None:
    """At most 36 of letters, digits, dash and underscore, whatever a strategy is called; here always 24."""
    ids = ClientIds(epoch)
    for strategy in strategies:
        made = ids.next(strategy)
        assert FORM.fullmatch(made)
        assert re.fullmatch(r"[A-Za-z0-9_-]{24}", made)


def test_no_id_is_made_twice() -> None:
    """A hundred thousand orders of two strategies in two epochs have as many names."""
    made: set[str] = set()
    for ids in (ClientIds(1), ClientIds(2)):
        for _ in range(25_000):
            made.update((ids.next("ema"), ids.next("impulse")))
    assert len(made) == 100_000


@given(st.integers(0, 32**7 - 2), st.integers(0, 32**5 - 1))
def test_the_number_and_the_epoch_can_be_read_back(number: int, epoch: int) -> None:
    """The parts are numbers in base 32, so that two ids are equal only when epoch and number are."""
    ids = ClientIds(epoch)
    ids.number = number
    head, digits, *_ = ids.next("ema").split("-")
    assert int(head[2:].translate(_PLAIN), 32) == epoch
    assert int(digits.translate(_PLAIN), 32) == number + 1


def test_the_check_tells_a_mistyped_id() -> None:
    """Changing any one character of an id breaks its check."""
    made = ClientIds(7).next("ema")
    for place in range(len(made) - 3):
        if made[place] in CROCKFORD:
            other = CROCKFORD[(CROCKFORD.index(made[place]) + 1) % 32]
            mistyped = made[:place] + other + made[place + 1 :]
            assert _check(mistyped[:-3]) != mistyped[-3:]
    assert _check(made[:-3]) == made[-3:]


def _check(body: str) -> str:
    low = crc32(body.encode())
    return CROCKFORD[low >> 5 & 31] + CROCKFORD[low & 31] + CROCKFORD[low >> 10 & 31]


def test_an_epoch_that_is_used_up_says_so() -> None:
    """The last number of an epoch is followed by an error with the way out, never by the first number again."""
    ids = ClientIds(1)
    ids.number = 32**7 - 2
    assert "-zzzzzzz-" in ids.next("ema")
    with pytest.raises(OverflowError, match="start a new one"):
        ids.next("ema")


@pytest.mark.parametrize(("value", "text"), [(0, "000"), (31, "00z"), (32, "010"), (32**3 - 1, "zzz")])
def test_base_32_counts_in_crockfords_letters(value: int, text: str) -> None:
    """The digits are those that people cannot confuse."""
    assert base32(value, 3) == text


_PLAIN = str.maketrans(CROCKFORD, "0123456789abcdefghijklmnopqrstuv")
