"""The ladder: what holds is the strictest of all that is true, and what leads up again is what was promised."""

from hypothesis import given
from hypothesis import strategies as st

from engine.bus import Bus
from engine.clock import SECOND_NS, Timeline
from engine.events import Event, LadderMoved
from engine.exchange.freezing import ACCOUNT
from engine.safety.degrade import FAULTS_MAX, OTHERS, Clears, Ladder, Level

START = 1_000 * SECOND_NS
WORDS = ("trade", "reduce-only", "flat", "safe idle")


class House:
    """A ladder by itself: what was carried out, told and asked for."""

    def __init__(self, *, compares: bool = True) -> None:
        self.timeline = Timeline(START)
        self.bus = Bus(self._fail)
        self.done: list[tuple[Level, str]] = []
        self.told: list[LadderMoved] = []
        self.asked = 0
        self.bus.subscribe(LadderMoved, self.told.append)
        self.ladder = Ladder(self.timeline, self.bus, self._carry_out, self._compare if compares else None)

    def _carry_out(self, level: Level, reason: str) -> None:
        self.done.append((level, reason))

    def _compare(self) -> None:
        self.asked += 1

    def _fail(self, handler: object, event: Event, error: Exception) -> None:
        raise error

    def level(self) -> Level:
        """Where the ladder is."""
        return self.ladder.level

    def after(self, seconds: float = 1.0) -> None:
        self.timeline.advance(self.timeline.now_ns + int(seconds * SECOND_NS))

    def agree(self) -> None:
        """The books are compared now, and agree."""
        self.ladder.agreed(self.timeline.now_ns)


def test_a_fault_closes_at_once_and_opens_after_a_comparison_that_began_later() -> None:
    """The evidence alone is not enough, and neither is a comparison from before it was good again."""
    house = House()
    house.ladder.fault("disk", Level.REDUCE_ONLY, "90 MB are free")
    assert (house.level(), house.done) == (Level.REDUCE_ONLY, [(Level.REDUCE_ONLY, "90 MB are free")])
    began_ns = house.timeline.now_ns
    house.agree()
    house.after()
    house.ladder.over("disk", "3 GB are free")
    assert house.asked == 1
    house.ladder.agreed(began_ns)
    assert house.level() is Level.REDUCE_ONLY
    house.after()
    house.agree()
    assert house.level() is Level.TRADE
    assert [(each.before, each.after, each.rule) for each in house.told] == [
        ("trade", "reduce-only", "disk"),
        ("reduce-only", "trade", "disk"),
    ]
    assert house.told[0].sentence == "90 MB are free"


def test_without_anybody_to_compare_with_a_fault_that_is_over_is_over() -> None:
    """A run without a venue of its own has no books to hold against."""
    house = House(compares=False)
    house.ladder.fault("disk", Level.REDUCE_ONLY, "90 MB are free")
    house.ladder.over("disk", "3 GB are free")
    assert (house.level(), house.told[-1].sentence) == (Level.TRADE, "3 GB are free")


def test_a_fault_that_comes_back_before_the_comparison_is_not_forgotten() -> None:
    """Good for a moment is not good."""
    house = House()
    house.ladder.fault("stream", Level.REDUCE_ONLY, "down for 10 s")
    house.ladder.over("stream", "back")
    house.ladder.fault("stream", Level.REDUCE_ONLY, "down for 10 s again")
    house.after()
    house.agree()
    assert (house.level(), house.ladder.reason) == (Level.REDUCE_ONLY, "down for 10 s again")


def test_what_a_person_set_only_a_person_opens() -> None:
    """And a person does not open what is still at fault: it is said instead."""
    house = House()
    house.ladder.hold(Level.REDUCE_ONLY, "closed by the operator")
    house.ladder.fault("api", Level.REDUCE_ONLY, "no answer for 30 s")
    house.ladder.over("api", "answers")
    house.agree()
    assert house.level() is Level.REDUCE_ONLY
    house.ladder.fault("memory", Level.REDUCE_ONLY, "91% are used")
    left = house.ladder.release("opened by the operator")
    assert [fault.rule for fault in left] == ["memory"]
    assert (house.level(), house.ladder.reason) == (Level.REDUCE_ONLY, "91% are used")
    house.ladder.over("memory", "60%")
    house.agree()
    assert house.level() is Level.TRADE


def test_what_needs_a_person_waits_for_one_even_when_it_is_over() -> None:
    """No comparison of books mends a journal."""
    house = House()
    house.ladder.fault("journal", Level.SAFE_IDLE, "3 writes failed", Clears.BY_PERSON)
    assert house.ladder.release("go on")[0].rule == "journal"
    house.ladder.over("journal", "it was verified")
    house.after()
    house.agree()
    assert house.level() is Level.SAFE_IDLE
    assert house.ladder.release("the operator looked") == ()
    assert house.level() is Level.TRADE


def test_measuring_the_same_again_moves_nothing() -> None:
    """Every five seconds the same disk: it is carried out and told once, until it gets worse."""
    house = House()
    for room in (90, 80, 70):
        house.ladder.fault("disk", Level.REDUCE_ONLY, f"{room} MB are free")
    assert len(house.done) == len(house.told) == 1
    house.ladder.fault("disk", Level.FLAT, "10 MB are free")
    assert house.done[-1] == (Level.FLAT, "10 MB are free")


def test_a_symbol_that_differs_is_frozen_alone_and_an_account_that_differs_as_a_whole() -> None:
    """With both numbers in the reason."""
    house = House()
    house.ladder.freeze("BTC/USDT", "we hold 0.3, the venue says 0.2")
    assert house.ladder.refusal("BTC/USDT") == "BTC/USDT is frozen: we hold 0.3, the venue says 0.2"
    assert (house.ladder.refusal("ETH/USDT"), house.level()) == (None, Level.TRADE)
    house.ladder.freeze(ACCOUNT, "2 symbols differ")
    assert house.ladder.refusal("ETH/USDT") == "our books and the venue's differ: 2 symbols differ"
    house.ladder.thaw("BTC/USDT")
    house.ladder.thaw(ACCOUNT)
    house.agree()
    assert (house.ladder.refusal("BTC/USDT"), house.ladder.frozen) == (None, {})


def test_more_faults_than_anybody_can_know_are_one_fault() -> None:
    """None of them is lost: together they wait for a person."""
    house = House()
    for number in range(FAULTS_MAX):
        house.ladder.fault(f"rule {number}", Level.REDUCE_ONLY, "something")
    house.ladder.fault("one more", Level.FLAT, "the worst of all")
    assert (house.level(), len(house.ladder.faults)) == (Level.FLAT, FAULTS_MAX + 1)
    assert (house.ladder.faults[0].rule, house.ladder.faults[0].clears) == (OTHERS, Clears.BY_PERSON)


RULES = st.sampled_from(["disk", "memory", "api", "journal"])
LEVELS = st.sampled_from(list(Level)[1:])
STEPS = st.one_of(
    st.tuples(st.just("fault"), RULES, LEVELS),
    st.tuples(st.just("over"), RULES),
    st.tuples(st.just("agree")),
    st.tuples(st.just("hold"), LEVELS),
    st.tuples(st.just("release")),
    st.tuples(st.just("wait")),
)


def play(house: House, step: tuple[object, ...]) -> None:
    """One step of a story."""
    ladder = house.ladder
    match step:
        case ("fault", str(rule), Level() as level):
            ladder.fault(rule, level, f"{rule} is at fault", Clears(rule == "journal"))
        case ("over", str(rule)):
            ladder.over(rule, f"{rule} is well")
        case ("agree",):
            house.agree()
        case ("hold", Level() as level):
            ladder.hold(level, "a person wants it so")
        case ("release",):
            ladder.release("a person opens")
        case _:
            house.after()


@given(st.lists(STEPS, max_size=40))
def test_the_level_is_the_strictest_of_what_is_at_fault_and_every_move_is_told_once(
    steps: list[tuple[object, ...]],
) -> None:
    """Through any story: level, orders carried out and events agree, and nothing active is ever forgotten."""
    house = House()
    active: dict[str, Level] = {}  # what is at fault now, by the story alone
    for step in steps:
        play(house, step)
        match step:
            case ("fault", str(rule), Level() as level):
                active[rule] = max(level, active.get(rule, level))
            case ("over", str(rule)):
                active.pop(rule, None)
            case ("hold", Level() as level):
                active["person"] = level
            case ("release",):
                active.pop("person", None)
        assert house.level() >= max(active.values(), default=Level.TRADE)
        assert house.level() == max((fault.level for fault in house.ladder.faults), default=Level.TRADE)
        assert (house.done[-1][0] if house.done else Level.TRADE) is house.level()
    at = "trade"
    for move in house.told:
        assert (move.before, move.before != move.after) == (at, True)
        at = move.after
    assert at == WORDS[house.level()]


@given(st.lists(STEPS, max_size=40))
def test_when_all_is_well_and_somebody_looked_it_trades_again(steps: list[tuple[object, ...]]) -> None:
    """No story ends in a state that nothing leads out of."""
    house = House()
    for step in steps:
        play(house, step)
    for rule in ("disk", "memory", "api", "journal"):
        house.ladder.over(rule, "well")
    house.after()
    house.agree()
    house.ladder.release("a person opens")
    assert (house.level(), house.ladder.faults, house.ladder.reason) == (Level.TRADE, (), "")


@given(st.permutations([("disk", Level.REDUCE_ONLY), ("memory", Level.FLAT), ("api", Level.REDUCE_ONLY)]))
def test_the_order_of_faults_does_not_matter(faults: list[tuple[str, Level]]) -> None:
    """What holds in the end is the same."""
    house = House()
    for rule, level in faults:
        house.ladder.fault(rule, level, rule)
    assert (house.level(), house.ladder.reason) == (Level.FLAT, "memory")
