"""Facts of the settings: which files were read, what mode a start would be in, which keys are there."""

from collections.abc import Mapping, Sequence

from hean_tui.doctor.fact import Fact, fine, in_the_way, worth_a_look
from hean_tui.errors import UserError
from hean_tui.live_gate import missing_for_live
from hean_tui.run_limits import levels_without_effect
from hean_tui.settings.flat_names import NOT_READ_YET, SECRET
from hean_tui.settings.sources import default_file, load_settings


def settings_facts(named_files: Sequence[str], environ: Mapping[str, str]) -> list[Fact]:
    """What a start would be told, never the value of a secret."""
    return [*_files(named_files, environ), _mode(environ), _keys(environ)]


def _files(named_files: Sequence[str], environ: Mapping[str, str]) -> list[Fact]:
    try:
        loaded = load_settings(named_files)
    except UserError as error:
        return [in_the_way("settings", sentence) for sentence in error.sentences]
    without_effect = [worth_a_look("limits", text) for text in levels_without_effect(loaded.settings.risk.limits())]
    if not loaded.files:
        text = f"the defaults; {default_file(environ)} is not there, config init writes it"
    else:
        text = f"{', '.join(map(str, loaded.files))}; {len(loaded.origins)} differ from, or repeat, a default"
    return [fine("settings", text), *without_effect]


def _mode(environ: Mapping[str, str]) -> Fact:
    lacking = len(missing_for_live(environ))
    return fine("mode", f"paper; live is refused, {lacking} of its conditions missing")


def _keys(environ: Mapping[str, str]) -> Fact:
    present = [name for name in ("API_KEY", "API_SECRET") if environ.get(name)]
    if present:
        return worth_a_look("keys", f"{' and '.join(present)} present; paper needs none and nothing reads them")
    other = [name for name in NOT_READ_YET if environ.get(name) and name not in ("API_KEY", "API_SECRET")]
    hidden = [name for name in other if name in SECRET]
    more = f"; {', '.join(other)} set and not read yet" if other else ""
    return fine("keys", f"absent, and paper needs none{more}{' (hidden)' if hidden else ''}")
