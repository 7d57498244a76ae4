"""`HEAN_FAULTPOINT`: fault points are armed for tests alone, and never where money is."""

from collections.abc import Mapping

from hean_tui.errors import WrongConfiguration

VARIABLE = "HEAN_FAULTPOINT"
PERMISSION = "HEAN_TEST"


def arm_fault_points(environ: Mapping[str, str], *, is_harmless: bool) -> None:
    """Arm what the environment asks for. `is_harmless` says that orders go to paper or to this machine alone."""
    asked = environ.get(VARIABLE, "").strip()
    if not asked:
        return
    if environ.get(PERMISSION) != "1":
        raise WrongConfiguration(
            f"{VARIABLE} breaks the program on purpose and needs {PERMISSION}=1 beside it; unset it, or set both."
        )
    if not is_harmless:
        raise WrongConfiguration(
            f"{VARIABLE} is for paper and for an exchange on this machine alone; unset it to trade elsewhere."
        )
    from infrastructure.fault_actions import read_faults

    try:
        faults = read_faults(asked)
    except ValueError as error:
        raise WrongConfiguration(f"{VARIABLE} cannot be used: {error}.") from None
    for fault in faults:
        fault.arm()
