"""Where a thread is right now: functions and lines, and nothing of what they hold."""

from pathlib import Path
from types import FrameType

from engine.host import system

DEEPEST = 30
_ROOT = Path(__file__).resolve().parents[2]


def stack_of(thread_id: int) -> str:
    """The innermost calls of a thread, one a line, the innermost last; empty when there is no such thread."""
    frame = system.frame_of(thread_id)
    lines: list[str] = []
    while frame is not None and len(lines) < DEEPEST:
        lines.append(_line(frame))
        frame = frame.f_back
    return "\n".join(reversed(lines))


def _line(frame: FrameType) -> str:
    code = frame.f_code
    path = Path(code.co_filename)
    place = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else Path(path.name)
    return f"{place}:{frame.f_lineno} {code.co_qualname}"
