"""What is asked of the machine during a run, and which rule gets the answer."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from engine.safety.degrade_rules import DegradeRules
from engine.safety.health import Health
from infrastructure.machine import disk, memory
from infrastructure.machine.clock import ClockSteps
from infrastructure.machine.sampler import Probe, Sampler, Work


def sampler_for(health: Health, rules: DegradeRules, folder: Path, log_trouble: Callable[[], str | None]) -> Sampler:
    """Disk, memory, clock and log, every five seconds; `Sampler.through` says where to and starts it.

    `log_trouble` says why the log cannot be written, or None.
    """
    limit = memory.limit_bytes()
    clock = ClockSteps()

    def disk_work() -> Work:
        return partial(rules.disk, disk.free_bytes(folder))

    def memory_work() -> Work:
        return partial(rules.memory, memory.used_bytes(), limit)

    def clock_work() -> Work:
        return partial(rules.clock, clock.step_ns())

    def log_work() -> Work:
        trouble = log_trouble()
        if trouble is None:
            return partial(health.report, "log", "healthy")
        return partial(health.report, "log", "degraded", f"the log cannot be written ({trouble})")

    def failed(name: str, sentence: str) -> None:
        if sentence or health.state_of(name) == "degraded":
            health.report(name, "degraded" if sentence else "healthy", sentence)

    health.add("log")
    probes: dict[str, Probe] = {"disk": disk_work, "memory": memory_work, "clock": clock_work, "log": log_work}
    return Sampler(probes, failed)
