"""The two palettes of the garden as one dictionary of tokens, and the arithmetic that keeps them readable.

Every token is an exact entry of the xterm-256 table, so that truecolor and 256 colours give the same picture.
"""

from rich.style import Style
from textual.theme import Theme

TOKENS: dict[str, dict[str, str]] = {
    "sumi": {
        "background": "#121212",
        "surface": "#1c1c1c",
        "panel": "#262626",
        "line": "#3a3a3a",
        "muted": "#8a8a8a",
        "foreground": "#d0d0d0",
        "gain": "#87afaf",
        "loss": "#d7875f",
        "calm": "#87af87",
        "lamp": "#d7af87",
        "ember": "#d75f5f",
    },
    "washi": {
        "background": "#eeeeee",
        "surface": "#e4e4e4",
        "panel": "#dadada",
        "line": "#bcbcbc",
        "muted": "#585858",
        "foreground": "#262626",
        "gain": "#005f5f",
        "loss": "#875f00",
        "calm": "#005f00",
        "lamp": "#5f5f87",
        "ember": "#af0000",
    },
}
TEXT_TOKENS = ("muted", "foreground", "gain", "loss", "calm", "lamp", "ember")
GROUND_TOKENS = ("background", "surface", "panel", "line")

# A token with this mark is drawn on the ground of the chosen row.
CHOSEN = "@"


def theme_of(name: str) -> Theme:
    """A palette as Textual wants it: its own roles filled from our tokens, ours beside them as variables."""
    tokens = TOKENS[name]
    return Theme(
        name=name,
        primary=tokens["lamp"],
        secondary=tokens["muted"],
        accent=tokens["lamp"],
        warning=tokens["lamp"],
        error=tokens["ember"],
        success=tokens["calm"],
        foreground=tokens["foreground"],
        background=tokens["background"],
        surface=tokens["surface"],
        panel=tokens["panel"],
        dark=name == "sumi",
        variables={token: tokens[token] for token in (*TEXT_TOKENS, "line")},
    )


def inks(tokens: dict[str, str], ground: str) -> dict[str, Style]:
    """The styles that panes write with: the tokens, what is `bright`, what alarms, and all of them on a chosen row."""
    styles = {token: Style(color=tokens[token], bgcolor=ground) for token in (*TEXT_TOKENS, "line")}
    styles["bright"] = Style(color=tokens["foreground"], bgcolor=ground, bold=True)
    styles["deep"] = Style(color=tokens["panel"], bgcolor=ground)
    styles["alarm"] = Style(color=tokens["background"], bgcolor=tokens["ember"], bold=True)
    chosen = Style(bgcolor=tokens["panel"])
    return styles | {token + CHOSEN: style + chosen for token, style in styles.items()}


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb` as WCAG defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two colours, between 1 and 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
