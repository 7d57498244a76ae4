"""The accounts worked out by hand in `docs/accounting.md`, read from the page and played through venue and ledger."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.commands import TimeInForce
from engine.events import Execution, FundingPaid
from engine.instruments import MarginTier
from engine.ledger import Ledger
from engine.money import plain
from tests.venue_stage import Stage, perpetual, spot, tell

PAGE = Path(__file__).resolve().parent.parent / "docs" / "accounting.md"
TERMS = {"post-only": TimeInForce.POST_ONLY, "fill-or-kill": TimeInForce.FOK}

Rows = list[list[str]]


def read_page() -> dict[str, dict[str, Rows]]:
    """The page as {scenario: {first column's name: rows}}."""
    scenarios: dict[str, dict[str, Rows]] = {}
    table: Rows | None = None
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            tables = scenarios[line.removeprefix("## ")] = {}
        if not line.startswith("|"):
            table = None
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if table is None:
            table = tables.setdefault(cells[0], [])
        elif not set(cells[0]) <= {"-", " "} or not cells[0]:
            table.append(cells)
    return scenarios


SCENARIOS = read_page()


def stage_of(settings: Rows) -> Stage:
    """A stage as the page's defaults and the scenario's settings say."""
    kind: Callable[..., Any] = perpetual
    changes: dict[str, Any] = {"fee_taker": Decimal("0.00055"), "tiers": ()}
    options: dict[str, Any] = {}
    for name, value in settings:
        match name:
            case "kind":
                kind = {"spot": spot, "perpetual": perpetual}[value]
            case "fee taker":
                changes["fee_taker"] = Decimal(value)
            case "slippage":
                options["slippage_bps"] = float(value.removesuffix(" bps"))
            case "leverage":
                options["leverage"] = Decimal(value)
            case "tier":
                changes["tiers"] += (tier_of(value),)
            case "capital" | "margin":
                options[name] = value
            case _:
                raise AssertionError(f"the page has a setting {name!r} that the test does not know")
    return Stage(kind(**changes), **options)


def tier_of(text: str) -> MarginTier:
    """`up to 50000: 20x, 2 % less 100`."""
    found = re.fullmatch(r"up to (\d+): (\d+)x, ([\d.]+) %(?: less (\d+))?", text)
    assert found, f"the tier {text!r} could not be read"
    limit, leverage, percent, deduction = found.groups(default="0")
    return MarginTier(Decimal(limit), Decimal(leverage), Decimal(percent) / 100, Decimal(deduction))


def act(stage: Stage, text: str) -> None:
    """One line of the first column."""
    verb, _, rest = text.partition(" ")
    words = rest.split()
    match verb:
        case "trade":
            size = float(words[2]) if "x" in words else 1.0
            stage.tick(float(words[0]), size, -1 if "seller" in words else 0)
        case "mark":
            stage.mark(float(words[0]))
        case "funding":
            stage.venue.settle_funding(stage.symbol, Decimal(words[0]), stage.timeline.now_ns)
        case "bar":
            stage.bar(*map(float, words))
        case "book":
            bids, asks = (
                {float(p): float(s) for p, s in re.findall(r"([\d.]+) x ([\d.]+)", side)} for side in rest.split(";")
            )
            stage.book(bids, asks, snapshot=True)
        case "amend":
            stage.amend(words[0], **dict(zip(words[1::2], words[2::2], strict=True)))
        case "buy" | "sell":
            options: dict[str, Any] = {"reduce_only": "reduce-only" in words}
            for name in ("limit", "stop", "target"):
                if name in words:
                    options[name] = words[words.index(name) + 1]
            for name, terms in TERMS.items():
                if name in words:
                    options["time_in_force"] = terms
            stage.order(words[0], 1 if verb == "buy" else -1, words[1], **options)
        case _:
            raise AssertionError(f"the page does {verb!r}, which the test does not know")


def said_since(stage: Stage, number: int) -> str:
    """What the venue said since an event, as the second column writes it."""
    lines = []
    for event in stage.events[number:]:
        line = tell(event)
        if isinstance(event, Execution):
            coin = "" if event.fee_currency == "USDT" else f" {event.fee_currency}"
            line += f", fee {plain(event.fee)}{coin}"
        lines.append(line)
    return "; ".join(lines)


def figures_of(ledger: Ledger, stage: Stage) -> dict[str, str]:
    """Every figure that the third table may name."""
    position = ledger.position(stage.symbol)
    mark = {stage.symbol: stage.venue._markets[stage.symbol].fair()}
    return {
        "position": plain(position.quantity),
        "cost": plain(position.cost),
        "entry price": plain(position.entry_price),
        "realised": plain(ledger.realised),
        "unrealised": plain(ledger.unrealised(mark.__getitem__)),
        "fees": plain(ledger.fees),
        "funding": plain(ledger.funding),
        "equity": plain(ledger.equity(mark.__getitem__)),
        "available": plain(stage.venue.available()),
        "open orders": ", ".join(stage.open_ids()) or "none",
    }


def retold(stage: Stage, capital: Decimal) -> Ledger:
    """A ledger of our own, kept from the venue's words alone."""
    ledger = Ledger(capital)
    for event in stage.events:
        if isinstance(event, Execution):
            in_base = event.fee_currency != "USDT"
            ledger.fill(event.symbol, event.side, event.quantity, event.price, event.fee, fee_in_base=in_base)
        elif isinstance(event, FundingPaid):
            ledger.pay_funding(event.symbol, event.amount)
    return ledger


@pytest.mark.parametrize("title", SCENARIOS)
def test_an_account_worked_out_by_hand(title: str) -> None:
    """Every answer of the exchange and every figure at the end, in the venue's books and in ours."""
    tables = SCENARIOS[title]
    stage = stage_of(tables.get("setting", []))
    for text, expected in tables["what happens"]:
        number = len(stage.events)
        act(stage, text)
        assert said_since(stage, number) == expected, text
    for ledger in (stage.venue.account, retold(stage, stage.venue.account.deposits)):
        figures = figures_of(ledger, stage)
        for name, _, value in tables["figure"]:
            assert figures[name] == value, name


def test_the_page_has_twelve_accounts_and_shows_its_arithmetic() -> None:
    """Nobody can take one away, or leave a figure without its reckoning."""
    assert [title.partition(".")[0] for title in SCENARIOS] == [str(number) for number in range(1, 13)]
    for title, tables in SCENARIOS.items():
        assert len(tables["what happens"]) > 3, title
        assert all(by_hand for _, by_hand, _ in tables["figure"]), title
        assert {"position", "fees", "equity"} <= {name for name, _, _ in tables["figure"]}, title
