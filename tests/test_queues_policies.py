"""The three policies of the queues at the edges: what they keep, what they drop, who waits, and what they count."""

import asyncio
import threading
from collections.abc import Awaitable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.queues import BoundedQueue, LatestQueue, NewestPerKeyQueue, Policy, QueueClosed, RefusingQueue


def keyed(capacity: int) -> NewestPerKeyQueue[tuple[str, int]]:
    return NewestPerKeyQueue("prices", capacity, lambda item: item[0])


async def turn() -> None:
    """Let everything that is ready run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_full_queue_of_facts_refuses_and_loses_nothing() -> None:
    """An offer to a full queue says no, and what was in stays in order."""
    queue: RefusingQueue[int] = RefusingQueue("facts", 2)
    assert [queue.offer(number) for number in (1, 2, 3)] == [True, True, False]
    assert await queue.batch(10) == [1, 2]
    assert (queue.policy, queue.may_drop) == (Policy.REFUSE, False)


async def test_a_producer_waits_for_room() -> None:
    """A put into a full queue comes back when the reader has made room, and is counted as a wait."""
    queue: RefusingQueue[int] = RefusingQueue("facts", 1)
    await queue.put(1)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(queue.put(2))
        await turn()
        assert not waiting.done()
        assert await queue.get() == 1
        await turn()
        assert waiting.done()
    assert await queue.get() == 2
    assert queue.counts().waited == 1


async def test_a_cancelled_put_leaves_nothing_behind() -> None:
    """Cancelled while it waits, a put has put nothing, and nobody is woken for it later."""
    queue: RefusingQueue[int] = RefusingQueue("facts", 1)
    await queue.put(1)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(queue.put(2))
        await turn()
        waiting.cancel()
    assert await queue.batch(10) == [1]
    assert queue.offer(3)
    assert await queue.batch(10) == [3]


async def test_a_newer_item_takes_the_place_of_the_older_one_of_its_key() -> None:
    """The reader sees the newest of each key, in the order in which the keys first came; the older count as dropped."""
    queue = keyed(4)
    for item in [("btc", 1), ("eth", 2), ("btc", 3), ("btc", 4), ("sol", 5)]:
        assert queue.offer(item)
    assert await queue.batch(10) == [("btc", 4), ("eth", 2), ("sol", 5)]
    assert queue.counts().dropped == 2


async def test_too_many_keys_cost_the_first_in_line() -> None:
    """A queue with fewer places than keys stays within its places and counts what it lost."""
    queue = keyed(2)
    for item in [("btc", 1), ("eth", 2), ("sol", 3)]:
        queue.offer(item)
    assert await queue.batch(10) == [("eth", 2), ("sol", 3)]
    assert queue.counts().dropped == 1


async def test_a_view_has_one_place() -> None:
    """Of many pictures only the latest is there."""
    queue: LatestQueue[str] = LatestQueue("screen")
    for picture in ("first", "second", "third"):
        queue.offer(picture)
    assert await queue.get() == "third"
    assert (queue.counts().dropped, queue.counts().longest) == (2, 1)


async def test_a_reader_waits_for_the_next_item() -> None:
    """A get on an empty queue comes back with what is put next."""
    queue: RefusingQueue[str] = RefusingQueue("facts", 1)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(queue.get())
        await turn()
        assert not reading.done()
        queue.offer("fill")
    assert reading.result() == "fill"


async def test_a_cancelled_reader_loses_nothing() -> None:
    """What comes after a cancelled get is there for the next one."""
    queue: RefusingQueue[str] = RefusingQueue("facts", 1)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(queue.get())
        await turn()
        queue.offer("fill")
        reading.cancel()
    assert await queue.get() == "fill"


async def test_there_is_one_reader() -> None:
    """A second reader at the same time is a mistake that is told."""
    queue: RefusingQueue[str] = RefusingQueue("facts", 1)
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(queue.get())
        await turn()
        with pytest.raises(RuntimeError, match="the queue facts has a reader already"):
            await queue.get()
        queue.offer("fill")
    assert first.result() == "fill"


async def test_a_closed_queue_is_read_to_its_end() -> None:
    """After the end nothing goes in, what is in comes out, and then the reader is told."""
    queue: RefusingQueue[int] = RefusingQueue("facts", 2)
    queue.offer(1)
    queue.close()
    with pytest.raises(QueueClosed, match="the queue facts is closed"):
        queue.offer(2)
    assert await queue.get() == 1
    with pytest.raises(QueueClosed):
        await queue.get()


async def test_closing_wakes_whoever_waits() -> None:
    """Neither a reader of an empty queue nor a producer before a full one is left behind."""
    empty: RefusingQueue[int] = RefusingQueue("empty", 1)
    full: RefusingQueue[int] = RefusingQueue("full", 1)
    full.offer(1)
    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(_until_closed(work)) for work in (empty.get(), full.put(2))]
        await turn()
        empty.close()
        full.close()
    assert [task.result() for task in waiting] == ["closed", "closed"]


async def _until_closed(work: Awaitable[object]) -> str:
    try:
        await work
    except QueueClosed:
        return "closed"
    return "done"


@pytest.mark.parametrize("capacity", [0, -1])
def test_a_queue_has_at_least_one_place(capacity: int) -> None:
    """A capacity that could never hold anything is refused with the value."""
    with pytest.raises(ValueError, match=f"at least 1; it was {capacity}"):
        RefusingQueue("facts", capacity)


async def test_facts_from_another_thread_arrive_in_order_and_whole() -> None:
    """A thread that may block puts ten thousand facts through two places; the reader in the loop misses none."""
    queue: RefusingQueue[int] = RefusingQueue("facts", 2)

    def produce() -> None:
        for number in range(10_000):
            queue.put_from_thread(number)

    producer = threading.Thread(target=produce)
    producer.start()
    read: list[int] = []
    while len(read) < 10_000:
        read += await queue.batch(100)
    producer.join()
    assert read == list(range(10_000))
    assert queue.counts().longest <= 2


async def test_a_reader_in_another_loop_is_woken() -> None:
    """Engine and subscriber may have loops of their own: puts wait for, and wake, a reader in another thread."""
    queue: RefusingQueue[int] = RefusingQueue("facts", 2)
    read: list[int] = []

    async def reader() -> None:
        while len(read) < 2_000:
            read.append(await queue.get())

    subscriber = threading.Thread(target=lambda: asyncio.run(reader()))
    subscriber.start()
    for number in range(2_000):
        await queue.put(number)
    await asyncio.to_thread(subscriber.join)
    assert read == list(range(2_000))


async def test_a_reader_whose_loop_is_gone_does_not_hurt_the_producer() -> None:
    """A subscriber that died while it waited is no reason for the engine to fail."""
    queue: RefusingQueue[int] = RefusingQueue("facts", 1)
    reading = queue.batch(1)

    async def wait_for_an_item() -> None:
        reading.send(None)

    def die() -> None:
        asyncio.run(wait_for_an_item())

    await asyncio.to_thread(die)
    assert queue.offer(1)
    reading.close()
    assert await queue.get() == 1


operations = st.lists(
    st.one_of(
        st.tuples(st.just("offer"), st.integers(0, 4)),
        st.tuples(st.just("take"), st.integers(1, 5)),
    ),
    max_size=60,
)


@given(st.sampled_from(["refuse", "newest", "latest"]), st.integers(1, 4), operations)
def test_the_counts_add_up(policy: str, capacity: int, steps: list[tuple[str, int]]) -> None:
    """Whatever is offered and taken: what was put is what was taken, dropped or is still there; nothing is invented."""
    queues: dict[str, BoundedQueue[tuple[int, int]]] = {
        "refuse": RefusingQueue("q", capacity),
        "newest": NewestPerKeyQueue("q", capacity, lambda item: item[0]),
        "latest": LatestQueue("q"),
    }
    queue = queues[policy]

    async def play() -> None:
        accepted: list[tuple[int, int]] = []
        read: list[tuple[int, int]] = []
        for number, (word, value) in enumerate(steps):
            if word == "offer":
                item = (value, number)
                if queue.offer(item):
                    accepted.append(item)
            elif len(queue):
                read += await queue.batch(value)
            counts = queue.counts()
            assert counts.put == counts.taken + counts.dropped + counts.length == len(accepted)
            assert counts.taken == len(read)
            assert counts.longest <= queue.capacity
        assert set(read) <= set(accepted)
        if policy == "refuse":
            assert read == accepted[: len(read)]
            assert queue.counts().dropped == 0

    asyncio.run(play())
