"""A receipt that crosses the thread: settled by the engine, awaited anywhere."""

from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout

from engine.answers import Answer
from engine.errors import CommandRefused


class FutureReceipt:
    """Fills `Receipt`."""

    def __init__(self) -> None:
        self._future: Future[str] = Future()

    def settled(self) -> bool:
        """Whether the engine has answered."""
        return self._future.done()

    def answer(self, timeout_s: float | None = None) -> str:
        """Wait for the engine's sentence."""
        try:
            return self._future.result(timeout_s)
        except FutureTimeout:
            raise TimeoutError(f"the engine did not answer within {timeout_s} s") from None

    def take(self, answer: Answer) -> None:
        """Settle it with what the engine answered; on the engine's thread."""
        if answer.refusal is not None:
            self._future.set_exception(answer.refusal)
        else:
            self._future.set_result(answer.sentence or "")

    def refuse(self, sentence: str) -> "FutureReceipt":
        """Settle it without the engine."""
        self._future.set_exception(CommandRefused(sentence))
        return self
