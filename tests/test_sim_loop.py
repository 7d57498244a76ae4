"""The loop in virtual time, held against the real one, and against itself under another seed."""

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest

from hean_tui.sim.loop import Deadlock, SimLoop, run_in_virtual_time

Main = Callable[[], Coroutine[Any, Any, Any]]


async def timers_in_order() -> list[str]:
    """Three sleeps that end in the order of their lengths."""
    told: list[str] = []

    async def sleeper(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        told.append(name)

    async with asyncio.TaskGroup() as tasks:
        for name, seconds in (("c", 0.03), ("a", 0.01), ("b", 0.02)):
            tasks.create_task(sleeper(name, seconds))
    return told


async def a_timeout_cuts_short() -> str:
    """Waiting for what never comes ends when its time is up."""
    try:
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()
    except TimeoutError:
        return "cut short"
    return "never here"


async def a_cancelled_task_cleans_up() -> list[str]:
    """A `finally` runs when a task is cancelled."""
    told: list[str] = []

    async def worker() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            told.append("cleaned up")

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(worker())
        await asyncio.sleep(0.001)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return told


async def a_group_tells_every_failure() -> list[str]:
    """One failure cancels the others and is told."""

    async def fails() -> None:
        await asyncio.sleep(0.001)
        raise ValueError("broken")

    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fails())
            tasks.create_task(asyncio.sleep(60))
    except ExceptionGroup as group:
        return [str(error) for error in group.exceptions]
    return []


async def queues_hand_over() -> list[int]:
    """A bounded queue hands its items over in their order."""
    queue: asyncio.Queue[int] = asyncio.Queue(2)
    told: list[int] = []

    async def producer() -> None:
        for number in range(10):
            await queue.put(number)

    async def consumer() -> None:
        while len(told) < 10:
            told.append(await queue.get())

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(producer())
        tasks.create_task(consumer())
    return told


async def executors_answer() -> tuple[int, str]:
    """What an executor does comes back, and so does what it raises."""
    loop = asyncio.get_running_loop()
    value = await loop.run_in_executor(None, pow, 2, 10)
    try:
        await loop.run_in_executor(None, int, "x")
    except ValueError as error:
        return value, type(error).__name__
    return value, "nothing"


async def calls_from_a_thread_arrive() -> str:
    """`call_soon_threadsafe` gets through, here from the loop's own thread."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[str] = loop.create_future()
    loop.call_soon_threadsafe(future.set_result, "arrived")
    return await future


async def generators_close() -> list[str]:
    """An asynchronous generator that was left early is closed with the loop's help."""
    told: list[str] = []

    async def numbers() -> Any:
        try:
            for number in range(5):
                yield number
                await asyncio.sleep(0.001)
        finally:
            told.append("closed")

    stream = numbers()
    async for number in stream:
        if number == 2:
            break
    await stream.aclose()
    return told


SCENARIOS: tuple[Main, ...] = (
    timers_in_order,
    a_timeout_cuts_short,
    a_cancelled_task_cleans_up,
    a_group_tells_every_failure,
    queues_hand_over,
    executors_answer,
    calls_from_a_thread_arrive,
    generators_close,
)


@pytest.mark.parametrize("main", SCENARIOS, ids=lambda main: main.__name__)
def test_it_does_what_the_real_loop_does(main: Main) -> None:
    """Whatever the seed, each scenario comes to what it comes to on the standard loop of this Python."""
    with asyncio.Runner() as runner:
        expected = runner.run(main())
    for seed in range(5):
        assert run_in_virtual_time(seed, main) == expected


def test_a_day_takes_no_time() -> None:
    """Sleeping costs nothing: a day of seconds passes while a person blinks."""

    async def day() -> float:
        for _ in range(86_400):
            await asyncio.sleep(1)
        return asyncio.get_running_loop().time()

    began = time.monotonic()
    assert run_in_virtual_time(1, day) == pytest.approx(86_400)
    assert time.monotonic() - began < 20


def test_timers_far_away_are_reached() -> None:
    """Also one that lies beyond the longest sleep of the real selector."""

    async def month() -> float:
        await asyncio.sleep(30 * 86_400)
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(1, month) == pytest.approx(30 * 86_400)


async def a_crowd() -> list[int]:
    """Twenty tasks that are ready at the same moments."""
    told: list[int] = []

    async def one(number: int) -> None:
        for _ in range(3):
            await asyncio.sleep(0.01)
            told.append(number)

    async with asyncio.TaskGroup() as tasks:
        for number in range(20):
            tasks.create_task(one(number))
    return told


def test_a_seed_is_an_order_of_things() -> None:
    """Equal seeds run what is ready in the same order, and others do not."""
    assert run_in_virtual_time(7, a_crowd) == run_in_virtual_time(7, a_crowd)
    assert len({tuple(run_in_virtual_time(seed, a_crowd)) for seed in range(10)}) == 10


def test_a_deadlock_is_told() -> None:
    """When everybody waits and no timer is set, the run ends with a name instead of hanging."""

    async def waits_for_ever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock, match="never come"):
        run_in_virtual_time(1, waits_for_ever)


def test_no_socket_can_be_opened() -> None:
    """Real input and output would bring real time: the loop has none."""

    async def opens() -> None:
        with socket.socket() as real:
            await asyncio.get_running_loop().sock_connect(real, ("127.0.0.1", 9))

    with pytest.raises(NotImplementedError):
        run_in_virtual_time(1, opens)


def test_it_closes_like_any_other() -> None:
    """After its end it takes nothing any more."""
    loop = SimLoop(1)
    loop.close()
    assert loop.is_closed()
    with pytest.raises(RuntimeError, match="closed"):
        loop.call_soon(print)
