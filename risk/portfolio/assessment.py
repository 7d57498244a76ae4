"""What portfolio risk has to say about a book; light to import, the arithmetic is elsewhere."""

import msgspec

from risk.portfolio.stress import StressLoss


class Assessment(msgspec.Struct, frozen=True):
    """Losses are positive and in the book's currency; what history is too short for is None."""

    horizon_h: int
    var_95: float
    var_99: float
    es_95: float
    es_99: float
    historical_var_95: float | None
    historical_es_95: float | None
    historical_var_99: float | None
    historical_es_99: float | None
    halt_hours: int
    halt_chance: float
    halt_chance_error: float  # one standard error of the drawing, not of the model
    halt_sentence: str
    worst_stress: StressLoss | None  # none where no shock takes anything
    basis: str  # what volatilities and correlations rest on
