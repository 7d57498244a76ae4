"""The whole assessment of a book: what it says, what it admits not to know, and that it is light until it is asked."""

import re
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import msgspec
import numpy as np
import pytest

from risk.portfolio.assess import assess
from risk.portfolio.assessment import Assessment
from risk.portfolio.book import Book
from risk.portfolio.closed_form import student_tail
from risk.portfolio.crashes import CRASHES

ROOT = Path(__file__).parents[1]
BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
DAY_H = 24


def wandering(hours: int, seed: int, hourly: float = 0.01) -> list[float | None]:
    """Hourly closes."""
    moves = np.random.default_rng(seed).normal(0, hourly, hours)
    return [float(price) for price in 100 * np.cumprod(1 + moves)]


def assessed(book: Book, closes: dict[str, list[float | None]], seed: int = 1) -> Assessment:
    """With a seeded generator."""
    return assess(book, closes, np.random.default_rng(seed))


def test_without_history_a_long_of_bitcoin_has_the_assumed_risk() -> None:
    """80 % a year are 4.188 % a day: of 10,000, 631 at 95 % and 1,110 at 99 %; nothing is remembered."""
    seen = assessed(Book((BTC,), (10_000.0,), 10_000.0, 400.0), {})
    deviation = 10_000 * 0.8 / 365**0.5
    for found, confidence in (((seen.var_95, seen.es_95), 0.95), ((seen.var_99, seen.es_99), 0.99)):
        assert found == pytest.approx(student_tail(deviation, confidence, 4), rel=0.01)
    assert seen.historical_var_95 is seen.historical_es_95 is seen.historical_var_99 is seen.historical_es_99 is None
    assert seen.basis.endswith("what is missing is assumed, on the cautious side")


def test_history_speaks_once_it_is_long_enough() -> None:
    """20 whole days for 95 %, 100 for 99 %: so many that one of them belongs beyond the edge."""
    book = Book((BTC,), (1000.0,), 1000.0, 100.0)
    for days, has_95, has_99 in ((19, False, False), (20, True, False), (99, True, False), (100, True, True)):
        seen = assessed(book, {BTC: wandering(days * DAY_H + 1, 5)})
        assert (seen.historical_var_95 is not None, seen.historical_var_99 is not None) == (has_95, has_99), days
        assert (seen.historical_es_95 is not None, seen.historical_es_99 is not None) == (has_95, has_99), days


def test_what_happened_and_what_is_drawn_agree_in_an_even_market() -> None:
    """On a long walk with even moves, the remembered 95 % and the drawn one are of one size."""
    seen = assessed(Book((BTC,), (1000.0,), 1000.0, 100.0), {BTC: wandering(4000, 6)})
    assert seen.historical_var_95 is not None
    assert seen.var_95 == pytest.approx(seen.historical_var_95, rel=0.25)


def test_the_youngest_symbol_limits_what_is_remembered() -> None:
    """A book of an old and a young symbol has no history of its own before the young one began."""
    book = Book((BTC, ETH), (1000.0, 1000.0), 1000.0, 100.0)
    seen = assessed(book, {BTC: wandering(3000, 7), ETH: wandering(300, 8)})
    assert seen.historical_var_95 is None
    assert seen.basis.startswith("1 of 2 symbols have fewer than 720 hourly returns in the last 30 days, ETH/USDT:USDT")


def test_what_is_flat_does_not_speak() -> None:
    """A symbol held in nothing, and without history, changes neither risk nor basis; stress keeps its place."""
    closes = {BTC: wandering(800, 9)}
    alone = assessed(Book((BTC,), (1000.0,), 1000.0, 100.0, (0.05,)), closes)
    beside = assessed(Book((ETH, BTC), (0.0, 1000.0), 1000.0, 100.0, (None, 0.05)), closes)
    assert alone.worst_stress is not None
    assert beside.worst_stress is not None
    assert beside.worst_stress.positions == (0.0, *alone.worst_stress.positions)
    without = {"worst_stress": None}
    assert msgspec.structs.replace(alone, **without) == msgspec.structs.replace(beside, **without)


def test_the_worst_stress_and_the_halt_sentence_are_there() -> None:
    """A long of bitcoin with room for 4 %: March 2020 is its worst day, and the nights are counted."""
    seen = assessed(Book((BTC,), (10_000.0,), 10_000.0, 400.0), {})
    assert seen.worst_stress is not None
    assert seen.worst_stress.name == "March 2020, the fall"
    assert seen.worst_stress.loss == pytest.approx(5132 + 12.8)
    assert seen.halt_hours == 12
    assert seen.halt_sentence == f"{round(100 * seen.halt_chance)} in 100 nights like this end in HALT"


def test_the_page_tells_what_the_code_says() -> None:
    """The example of the page, figure by figure."""
    page = (ROOT / "docs" / "portfolio-risk.md").read_text(encoding="utf-8")
    held = {BTC: 3000.0, "SOL/USDT:USDT": 900.0, ETH: -800.0}
    book = Book(tuple(held), tuple(held.values()), 2500.0, 250.0)
    seen = assessed(book, {})
    stopped = assessed(msgspec.structs.replace(book, stops=(0.03, 0.05, None)), {})
    assert seen.worst_stress is not None
    for row in (
        f"| VaR 95 % | {seen.var_95:.0f} |",
        f"| ES 95 % | {seen.es_95:.0f} |",
        f"| VaR 99 % | {seen.var_99:.0f} |",
        f"| ES 99 % | {seen.es_99:.0f} |",
        f"| HALT tonight | {seen.halt_sentence} |",
        f"| the same, with stops at 3 % (BTC) and 5 % (SOL) | {stopped.halt_sentence} |",
        f"| worst stress | {seen.worst_stress.name}: {seen.worst_stress.loss:,.0f} |",
    ):
        assert row in page
    for coin in ("BTC", "ETH", "SOL"):
        cells = (f"{100 * crash.moves[coin].low:.1f}" if coin in crash.moves else "" for crash in CRASHES)
        assert re.sub(r"\| +(?=\|)", "| ", f"| {coin} | {' | '.join(cells)} |") in page
    worst = (f"{100 * max(move.low for move in crash.moves.values()):.1f}" for crash in CRASHES)
    assert f"| worst known | {' | '.join(worst)} |" in page


def test_an_assessment_can_be_sent() -> None:
    """It is made of plain values: through JSON and back it is the same."""
    seen = assessed(Book((BTC,), (10_000.0,), 10_000.0, 400.0), {})
    assert msgspec.json.decode(msgspec.json.encode(seen), type=Assessment) == seen


def test_a_large_book_with_stops_is_assessed_between_two_looks() -> None:
    """Twenty positions with a stop each and a hundred days of closes: well under a second, the best of three."""
    symbols = tuple(f"C{number}/USDT:USDT" for number in range(20))
    notionals = tuple(np.random.default_rng(1).normal(0, 1000, 20).tolist())
    book = Book(symbols, notionals, 10_000.0, 400.0, (0.03,) * 20)
    closes = {symbol: wandering(2401, seed) for seed, symbol in enumerate(symbols)}
    taken_s = []
    for _ in range(3):
        began = perf_counter()
        assessed(book, closes)
        taken_s.append(perf_counter() - began)
    assert min(taken_s) < 0.8


def test_its_words_are_light_and_its_arithmetic_is_not() -> None:
    """The types can be imported without numpy; only the arithmetic brings it."""
    probe = (
        "import sys; import risk.portfolio.assessment, risk.portfolio.book; assert 'numpy' not in sys.modules; "
        "import risk.portfolio.assess; assert 'numpy' in sys.modules"
    )
    finished = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
