"""A column of any number-like type as float64, with NaN wherever a cell holds no number."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from infrastructure.history.columns import Floats

NUMBER = r"(?i)^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+|inf)(e[-+]?[0-9]+)?$"


def read_floats(values: pa.Array) -> Floats:
    """Numbers and text that spells numbers; whatever is neither becomes NaN for the checks to find."""
    values = as_plain(values)
    kind = values.type
    if is_text(kind):
        values = _parsed(values)
    elif pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        values = pc.cast(values, pa.float64(), safe=False)
    elif not pa.types.is_floating(kind):
        return np.full(len(values), np.nan)
    numbers: Floats = values.to_numpy(zero_copy_only=False).astype(np.float64, copy=False)
    return numbers


def as_plain(values: pa.Array) -> pa.Array:
    """The same cells without dictionary encoding."""
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def is_text(kind: pa.DataType) -> bool:
    """Whether cells of this type are text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _parsed(text: pa.Array) -> pa.Array:
    try:
        return pc.cast(text, pa.float64())
    except pa.ArrowInvalid:
        trimmed = pc.utf8_trim_whitespace(text)
        spelled = pc.if_else(pc.match_substring_regex(trimmed, NUMBER), trimmed, pa.scalar(None, text.type))
        return pc.cast(pc.utf8_ltrim(spelled, "+"), pa.float64())
