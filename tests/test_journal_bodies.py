"""Bodies of rows: one value has one form, and it comes back as it went in."""

import json
import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.journal.bodies import canonical, plain_body
from infrastructure.journal.faults import UnfitRow

KEYS = st.text(max_size=8).map(lambda text: unicodedata.normalize("NFC", text))
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
)
BODIES = st.recursive(LEAVES, lambda parts: st.lists(parts, max_size=4) | st.dictionaries(KEYS, parts, max_size=4))


def as_read_back(part: Any) -> Any:
    """What a reader without types finds: decimals are texts, and texts are composed."""
    if isinstance(part, Decimal):
        return str(part)
    if isinstance(part, str):
        return unicodedata.normalize("NFC", part)
    if isinstance(part, list):
        return [as_read_back(value) for value in part]
    if isinstance(part, dict):
        return {key: as_read_back(value) for key, value in part.items()}
    return part


def turned_round(part: Any) -> Any:
    """The same value, put together in another order and spelled in another of Unicode's ways."""
    if isinstance(part, str):
        return unicodedata.normalize("NFD", part)
    if isinstance(part, list):
        return [turned_round(value) for value in part]
    if isinstance(part, dict):
        return {key: turned_round(part[key]) for key in reversed(part)}
    return part


@given(BODIES)
def test_a_body_reads_back_equal(body: Any) -> None:
    """Also with a reader that knows nothing of ours: the one of the standard library."""
    encoded = canonical(body)
    assert plain_body(encoded) == as_read_back(body)
    assert json.loads(encoded) == as_read_back(body)


@given(BODIES)
def test_equal_bodies_are_equal_bytes(body: Any) -> None:
    """The order in which a dictionary was filled and the spelling of an accent make no difference."""
    assert canonical(turned_round(body)) == canonical(body)
    assert canonical(plain_body(canonical(body))) == canonical(body)


def test_the_form_is_sorted_compact_and_composed() -> None:
    """Written out by hand, so that no later version changes what old hashes were made of."""
    body = {"b": [1, 2.5, None, True], "a": Decimal("1.50"), "é": "e\u0301", "Z": {"y": 1, "x": ""}}
    assert canonical(body) == '{"Z":{"x":"","y":1},"a":"1.50","b":[1,2.5,null,true],"é":"é"}'.encode()


@pytest.mark.parametrize(
    "body",
    [
        {"price": float("nan")},
        [1, {"deep": [float("-inf")]}],
        {"quantity": Decimal("NaN")},
        {"quantity": Decimal("-Infinity")},
        {"quantity": Decimal("sNaN")},
        {"name": "\ud800"},
        {"e\u0301": 1, "\u00e9": 2},
        {"thing": object()},
    ],
)
def test_what_has_no_form_is_refused(body: Any) -> None:
    """Nothing is written rather than something else."""
    with pytest.raises(UnfitRow):
        canonical(body)


def test_words_that_look_like_no_number_are_words() -> None:
    """A reason that ends in NaN, or a field that is not known, is fine."""
    assert canonical({"reason": "NaN", "stop": None, "word": "Infinity"}) == (
        b'{"reason":"NaN","stop":null,"word":"Infinity"}'
    )
