"""Facts of the environment: variables that quietly change how Python or the screen behaves."""

from collections.abc import Mapping

from hean_tui.doctor.fact import Fact, fine, worth_a_look

_TRAPS = {
    "PYTHONPATH": "modules from there may stand before ours",
    "PYTHONHOME": "Python looks for its library there",
    "PYTHONOPTIMIZE": "assertions are off",
    "PYTHONDEVMODE": "everything is slower",
    "PYTHONASYNCIODEBUG": "everything is slower",
    "PYTHONMALLOC": "memory is handled in an unusual way",
    "PYTHONTRACEMALLOC": "everything is slower",
    "PYTHONDONTWRITEBYTECODE": "every start compiles everything again",
    "PYTHONIOENCODING": "letters may come out wrong",
    "HEAN_FAULTPOINT": "the program will break on purpose, which is for tests",
    "HEAN_REST_URL": "requests go to a simulated exchange, which is for tests",
    "HEAN_WS_URL": "streams come from a simulated exchange, which is for tests",
}
# What the screen's library takes from the environment on purpose.
_HARMLESS = ("TEXTUAL_ANIMATIONS", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_FPS")


def environment_facts(environ: Mapping[str, str]) -> list[Fact]:
    """Each trap that is set; one line if none is."""
    found = [worth_a_look(name, f"is set: {why}") for name, why in _TRAPS.items() if environ.get(name)]
    for name in sorted(environ):
        if name.startswith("TEXTUAL") and environ[name]:
            make = fine if name in _HARMLESS else worth_a_look
            found.append(make(name, "is set: it changes the screen's library"))
    return found or [fine("environment", "no variable that changes Python or the screen")]
