"""Secrets in text: found in every form they travel in, wherever they were cut; those of strangers by their looks."""

import base64
import json
import pickle
import re
import urllib.parse
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infrastructure.logs.plain_values import plain_fields, plain_line, plain_lines
from infrastructure.logs.redactor import Redactor

KEY = 'kQ9/zT+4"v&7\\é=Lw2'
SECRET = "8fXc2LrVq0TzN5hJ1mYw"  # noqa: S105  nobody's
MASK = "********"


@pytest.mark.parametrize("secret", [KEY, SECRET])
@pytest.mark.parametrize(
    "form",
    [
        str,
        lambda s: base64.b64encode(s.encode()).decode(),
        lambda s: base64.urlsafe_b64encode(s.encode()).decode().rstrip("="),
        lambda s: s.encode().hex(),
        lambda s: s.encode().hex().upper(),
        urllib.parse.quote,
        urllib.parse.quote_plus,
        lambda s: re.sub("%..", lambda found: found[0].lower(), urllib.parse.quote(s, safe="")),
        lambda s: urllib.parse.urlencode({"k": s})[2:],
        json.dumps,
        lambda s: json.dumps(s, ensure_ascii=False),
        repr,
        ascii,
    ],
)
def test_no_form_of_a_secret_is_left(secret: str, form: object) -> None:
    """As it is, escaped, in hexadecimal, in base64 and in a URL."""
    assert callable(form)
    text = f"before {form(secret)} behind"
    clean = Redactor([secret]).secrets(text)
    assert MASK in clean
    for part in (secret, form(secret).strip("\"'=")):
        assert part not in clean
    assert clean.startswith("before ")
    assert clean.endswith(" behind")


@given(st.text("abcXYZ019+/=:", max_size=12), st.text("abcXYZ019+/=:", max_size=12))
def test_a_secret_inside_something_encoded_is_found(before: str, behind: str) -> None:
    """Whatever stands around it, as in the header of a basic login."""
    encoded = base64.b64encode(f"{before}{SECRET}{behind}".encode()).decode()
    clean = Redactor([SECRET]).secrets(encoded)
    assert MASK in clean
    decodable = clean.replace(MASK, "")
    assert len(decodable) <= len(encoded) - len(SECRET)


@given(st.integers(12, len(SECRET) - 1), st.booleans())
def test_a_secret_that_was_cut_is_found(length: int, at_the_end: bool) -> None:
    """Texts are shortened on the way; what is left of a secret is still one."""
    part = SECRET[-length:] if at_the_end else SECRET[:length]
    assert Redactor([SECRET]).secrets(f"cut: {part}!") == f"cut: {MASK}!"


@given(st.text(max_size=60), st.lists(st.text(min_size=4, max_size=30), max_size=3))
def test_no_text_holds_a_secret_afterwards(text: str, secrets: list[str]) -> None:
    """For any text and any secrets that the mask itself does not hold."""
    clean = Redactor(secrets).secrets(text + "".join(secrets))
    for secret in secrets:
        assert secret not in clean.replace(MASK, "\n")


def test_the_password_of_an_address_is_a_secret() -> None:
    """Quoted or not, with the address around it or without."""
    clean = Redactor(["postgresql://hean:p%40ss-w0rd@db.example.org/hean"])
    for text in ("p@ss-w0rd", "p%40ss-w0rd", "postgresql://hean:p%40ss-w0rd@db.example.org/hean"):
        assert clean.secrets(f"it said {text}") == f"it said {MASK}"


def test_ordinary_words_are_left_alone() -> None:
    """Without secrets nothing changes, and what is too short to be one is none."""
    sentence = "the order H1k3q9z-0000a7f-A0mb-x4t was filled at 101.5, 12:30:05, in 1.2.3"
    assert Redactor().secrets(sentence) == sentence
    assert Redactor(["abc", ""])(sentence) == sentence


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("api_key=abc123 next", "api_key=******** next"),
        ('{"api_secret": "abc", "qty": 1}', '{"api_secret": "********", "qty": 1}'),
        ("X-BAPI-SIGN: 0123abcd, X-BAPI-API-KEY: kkk", "X-BAPI-SIGN: ********, X-BAPI-API-KEY: ********"),
        ("Authorization: Bearer aaaa.bbbb.cccc", "Authorization: Bearer ********"),
        ("got Bearer aaaa.bbbb.cccc", "got Bearer ********"),
        ("redis://:hunter2@cache:6379/0", "redis://********@cache:6379/0"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----", "********"),
        ("from 203.0.113.9:443 to 127.0.0.1:8080", "from [address]:443 to 127.0.0.1:8080"),
        ("from 2001:db8::1 to ::1 at 12:30:05", "from [address] to ::1 at 12:30:05"),
        ("/data/ann/.config/hean-tui in /data/ann", "~/.config/hean-tui in ~"),
    ],
)
def test_what_looks_like_a_secret_or_an_address_is_taken_out_of_files(text: str, told: str) -> None:
    """Whoever it belongs to: a log gets passed around."""
    assert Redactor(home="/data/ann")(text) == told


def test_values_under_secret_names_are_not_even_looked_at() -> None:
    """At any depth; everything else keeps its shape."""
    fields = {"api_key": object(), "order": {"token": ["a"], "price": 1.5}, "many": [1, True, None, "x\x1b[2J\ny"]}
    assert plain_fields(fields, str) == {
        "api_key": MASK,
        "order": {"token": MASK, "price": 1.5},
        "many": [1, True, None, "x?[2J y"],
    }


def test_a_record_has_a_bound() -> None:
    """Long texts, long lists, deep nests and huge numbers are cut or told in words."""
    deep: dict[str, object] = {}
    deep["deeper"] = deep
    plain = plain_fields({"text": "x" * 10**6, "list": [1] * 10**5, "deep": deep, "number": 10**30}, str)
    assert len(plain["text"]) == 8_000
    assert len(plain["list"]) == 100
    assert plain["number"] == "1" + "0" * 30
    assert len(json.dumps(plain)) < 20_000
    assert len(plain_lines("line\n" * 10_000, str)) == 200


class Silent:
    """Has no words."""

    def __str__(self) -> str:
        raise RuntimeError("no")


def test_what_has_no_words_is_named() -> None:
    """No value can keep a record from being written."""
    assert plain_line(Silent(), str) == "Silent without words (RuntimeError)"


def test_the_redactor_tells_nobody_what_it_knows() -> None:
    """Neither printed nor copied nor by its attributes."""
    redactor = Redactor([SECRET])
    assert SECRET not in repr(redactor)
    assert not hasattr(redactor, "__dict__")
    with pytest.raises(TypeError):
        pickle.dumps(redactor)


def test_html_is_not_a_way_around() -> None:
    """A secret without special letters looks the same in HTML."""
    assert Redactor([SECRET]).secrets(escape(SECRET)) == MASK
