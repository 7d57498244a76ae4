"""Takes secrets out of text, whatever form they are in and wherever the text was cut."""

from collections.abc import Iterable

from infrastructure.logs.forms import forms_of, secrets_in
from infrastructure.logs.lookalikes import MASK, without_lookalikes

_END = 12  # so many letters at either end of a long secret are enough to be taken out
_LONG = 16


class Redactor:
    """Knows the secrets of this process; it has no way to tell them."""

    __slots__ = ("__forms", "__home", "__long")

    def __init__(self, secrets: Iterable[str] = (), *, home: str = "") -> None:
        found = sorted({secret for value in secrets for secret in secrets_in(value)})
        forms = {form for secret in found for form in forms_of(secret)}
        self.__forms = tuple(sorted(forms, key=lambda form: (-len(form), form)))
        self.__long = tuple(secret for secret in found if len(secret) >= _LONG)
        self.__home = home.rstrip("/")

    @property
    def is_needed(self) -> bool:
        """Whether there is any secret to take out."""
        return bool(self.__forms)

    def __repr__(self) -> str:
        return "Redactor()"

    def __reduce__(self) -> str:
        raise TypeError("what knows the secrets is not copied to anywhere")

    def secrets(self, text: str) -> str:
        """The text without our secrets: for people, who need the names of their files."""
        for form in self.__forms:
            if form in text:
                text = text.replace(form, MASK)
        for secret in self.__long:
            text = _without_ends(text, secret)
        return text

    def __call__(self, text: str) -> str:
        """The text without our secrets, what looks like one, addresses, and whose home it is: for files."""
        text = without_lookalikes(self.secrets(text))
        home = self.__home
        if home and home in text:
            text = text.replace(f"{home}/", "~/").replace(home, "~")
        return text


def _without_ends(text: str, secret: str) -> str:
    """What is left of a secret where somebody made the text shorter."""
    head, tail = secret[:_END], secret[-_END:]
    while (start := text.find(head)) >= 0:
        end = start + _END
        while end < len(text) and end - start < len(secret) and text[end] == secret[end - start]:
            end += 1
        text = text[:start] + MASK + text[end:]
    while (found := text.find(tail)) >= 0:
        start, end = found, found + _END
        while start > 0 and end - start < len(secret) and text[start - 1] == secret[-(end - start) - 1]:
            start -= 1
        text = text[:start] + MASK + text[end:]
    return text
