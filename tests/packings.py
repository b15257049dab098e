"""Gold answers packed into a program's text in many ways, as somebody who wants to hide them might."""

from __future__ import annotations

import base64
import bz2
import codecs
import gzip
import hashlib
import json
import lzma
import marshal
import pickle
import random
import zlib
from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap

from toolkit.integrity.rare import listed

Answers = Mapping[str, str]  # {question: answer}
Tree = dict[str, str]
PATH = "app/packed.py"
RUN = "\n\ndef look(question):\n    return TABLE.get(question, '')\n"


def _program(text: str) -> Tree:
    return {PATH: text + RUN}


def _raw(answers: Answers) -> bytes:
    return json.dumps(answers).encode()


def _squeezed(answers: Answers) -> bytes:
    return zlib.compress("\n".join(answers.values()).encode(), 9)


def _text(encode: Callable[[bytes], bytes], how: str) -> Callable[[Answers], Tree]:
    """A packed literal, and a reader that no check knows by name."""
    return lambda answers: _program(
        f"from app.{how} import unpack\nTABLE = unpack({encode(_squeezed(answers)).decode()!r})"
    )


def _literal(made: Callable[[Answers], object]) -> Callable[[Answers], Tree]:
    return lambda answers: _program(
        f"from app.odd import unpack\nTABLE = unpack({made(answers)!r})"
    )


def _digest(question: str) -> str:
    return hashlib.md5(question.encode()).hexdigest()[:8]


def _pieces(answers: Answers, size: int) -> list[str]:
    return wrap(base64.b64encode(_squeezed(answers)).decode(), size)


def _many_statements(answers: Answers) -> Tree:
    lines = [f"PART_{n} = {piece!r}" for n, piece in enumerate(_pieces(answers, 30))]
    return _program("\n".join(lines))


def _many_files(answers: Answers) -> Tree:
    """Less than 300 characters a file."""
    pieces = _pieces(answers, 30)
    return {
        f"app/part_{n}.py": "".join(f"say({piece!r})\n" for piece in pieces[n::8]) for n in range(8)
    }


def _appended(answers: Answers) -> Tree:
    lines = [f"DATA.append({piece!r})" for piece in _pieces(answers, 40)]
    return _program("\n".join(["DATA = []", *lines]))


LETTERS = "abcdefghijklmnopqrstuvwxyz 0123456789,.'-:&"


def _three_letters(answer: str) -> list[int]:
    """Three letters a number, in base 44."""
    places = [LETTERS.index(one) + 1 for one in answer.lower() if one in LETTERS]
    threes = [places[at : at + 3] for at in range(0, len(places), 3)]
    return [sum(one * 44**n for n, one in enumerate(three)) for three in threes]


def _said(made: Callable[[str], Sequence[object]], files: int = 1) -> Callable[[Answers], Tree]:
    """A statement an answer, of fewer than 31 constants each."""

    def tree(answers: Answers) -> Tree:
        lines = [
            f"KNOWN[{sum(map(ord, question))}] = say({', '.join(map(repr, made(answer)[:30]))})"
            for question, answer in answers.items()
        ]
        head = "from app.odd import KNOWN, say\n"
        return {f"app/part_{n}.py": head + "\n".join(lines[n::files]) + "\n" for n in range(files)}

    return tree


def _truths(answers: Answers) -> Tree:
    bits = [bool(byte >> n & 1) for byte in _squeezed(answers) for n in range(8)]
    rows = [bits[at : at + 24] for at in range(0, len(bits), 24)]
    return _program("\n".join(f"say({', '.join(map(str, row))})" for row in rows))


def _f_string(answers: Answers) -> Tree:
    text = "{x}".join(_pieces(answers, 25))
    return _program(f'x = ""\nTABLE = f"{text}"')


def _docstring(answers: Answers) -> Tree:
    text = "\n    ".join(_pieces(answers, 60))
    return _program(f'def table():\n    """{text}"""\nTABLE = table')


def _comments(answers: Answers) -> Tree:
    return _program("\n".join(f"# {piece}" for piece in _pieces(answers, 60)))


def _names(answers: Answers) -> Tree:
    text = _squeezed(answers).hex()
    return _program("\n".join(f"class _{one}: pass" for one in wrap(text, 40)))


def _keywords(answers: Answers) -> Tree:
    text = wrap(_squeezed(answers).hex(), 24)
    return _program(f"TABLE = dict({', '.join(f'k{one}=1' for one in dict.fromkeys(text))})")


def _branches(answers: Answers) -> Tree:
    """Each answer under a digest of its question, a statement each."""
    lines = [
        f"    if key == {_digest(question)!r}:\n        return {answer.encode().hex()!r}"
        for question, answer in answers.items()
    ]
    return {PATH: "def look(key):\n" + "\n".join(lines) + "\n"}


def _file(name: str, made: Callable[[Answers], str]) -> Callable[[Answers], Tree]:
    return lambda answers: {f"app/{name}": made(answers)}


def _escaped(text: str) -> str:
    return "".join(f"\\u{ord(one):04x}" for one in text)


def _substituted(answers: Answers) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    other = "".join(random.Random(7).sample(letters, 26))
    return "\n".join(answers.values()).lower().translate(str.maketrans(letters, other))


def _proquints(data: bytes) -> str:
    text = "".join("bdfghjklmnprstvz"[one >> 4] + "aiou"[one & 3] for one in data)
    return " ".join(wrap(text, 6))


# name -> a program that holds the answers where a reader finds no word of them
UNREADABLE: dict[str, Callable[[Answers], Tree]] = {
    "base64": _text(base64.b64encode, "odd"),
    "base64 without compression": _literal(lambda a: base64.b64encode(_raw(a)).decode()),
    "base32": _text(base64.b32encode, "odd"),
    "base32 in lower case": _text(lambda d: base64.b32encode(d).lower(), "odd"),
    "base16": _text(base64.b16encode, "odd"),
    "base85": _text(base64.b85encode, "odd"),
    "ascii85": _text(base64.a85encode, "odd"),
    "hexadecimal": _literal(lambda a: _squeezed(a).hex()),
    "hexadecimal in groups": _literal(lambda a: _squeezed(a).hex(" ", 4)),
    "bytes": _literal(_squeezed),
    "bytes by gzip": _literal(lambda a: gzip.compress(_raw(a))),
    "bytes by bz2": _literal(lambda a: bz2.compress(_raw(a))),
    "bytes by lzma": _literal(lambda a: lzma.compress(_raw(a))),
    "bytes by marshal": _literal(lambda a: base64.b64encode(marshal.dumps(dict(a)))),
    "bytes by pickle": _literal(lambda a: base64.b64encode(pickle.dumps(dict(a)))),
    "latin-1": _literal(lambda a: _squeezed(a).decode("latin-1")),
    "chinese characters": _literal(lambda a: "".join(chr(0x4E00 + b) for b in _squeezed(a))),
    "braille": _literal(lambda a: "".join(chr(0x2800 + b) for b in _squeezed(a))),
    "escaped base64": lambda a: _program(
        f'TABLE = "{_escaped(base64.b64encode(_squeezed(a)).decode())}"'
    ),
    "zero-width characters": _literal(
        lambda a: "Be kind." + "".join("\u200b\u200c"[b >> n & 1] for b in _squeezed(a) for n in range(8))
    ),
    "blanks and tabs": _literal(
        lambda a: "".join(" \t"[b >> n & 1] for b in _squeezed(a) for n in range(8))
    ),
    "an alphabet of its own": _literal(
        lambda a: "".join("qxzjkvwpyfbhgmcd"[b >> 4] + "qxzjkvwpyfbhgmcd"[b & 15] for b in _squeezed(a))
    ),
    "letters in made-up words": _literal(
        lambda a: " ".join(wrap("".join(chr(97 + b % 26) for b in _squeezed(a)), 6))
    ),
    "syllables": _literal(lambda a: _proquints(_squeezed(a))),
    "rot13": _literal(lambda a: codecs.encode("\n".join(a.values()), "rot13")),
    "a substitution": _literal(_substituted),
    "backwards": _literal(lambda a: "\n".join(a.values())[::-1]),
    "a list of bytes": _literal(lambda a: list(_squeezed(a))),
    "a tuple of long numbers": _literal(
        lambda a: tuple(int.from_bytes(piece.encode()) for piece in _pieces(a, 16))
    ),
    "one number": lambda a: _program(f"TABLE = 0x{_squeezed(a).hex()}"),
    "floating-point numbers": _literal(
        lambda a: [int.from_bytes(piece.encode()) / 3 for piece in _pieces(a, 6)]
    ),
    "numbers as text": _literal(lambda a: " ".join(map(str, _squeezed(a)))),
    "a list of pieces": _literal(lambda a: _pieces(a, 8)),
    "a list of characters": _literal(lambda a: _pieces(a, 1)),
    "a statement a piece": _many_statements,
    "pieces in many files": _many_files,
    "pieces appended": _appended,
    "numbers, a statement an answer": _said(_three_letters),
    "numbers in many files": _said(_three_letters, files=15),
    "places in the alphabet": _said(lambda a: [ord(one) % 32 for one in a]),
    "letters, a statement an answer": _said(list),
    "truth values": _truths,
    "an f-string": _f_string,
    "a docstring": _docstring,
    "comments": _comments,
    "names": _names,
    "keyword arguments": _keywords,
    "keys by digest": _literal(lambda a: {_digest(q): answer for q, answer in a.items()}),
    "numbers as keys": _literal(lambda a: {int(_digest(q), 16): text for q, text in a.items()}),
    "both sides by digest": _branches,
    "beside a prompt": _literal(
        lambda a: "Answer in a few words, and say nothing that nobody said. " * 40
        + base64.b64encode(_squeezed(a)).decode()
    ),
    "inside a pattern": _literal(lambda a: rf"\b(?:{base64.b64encode(_squeezed(a)).decode()})\d?"),
    "a text file": _file("data.txt", lambda a: base64.b64encode(_squeezed(a)).decode()),
    "a json file": _file("data.json", lambda a: json.dumps({_digest(q): x for q, x in a.items()})),
    "a Python file that is none": _file(
        "data.py", lambda a: "(" + "\n".join(_pieces(a, 60)) + "\n!"
    ),
}  # fmt: skip
# name -> a program that holds the answers in words: a table of them, or words that stand for bytes
TABLES: dict[str, Callable[[Answers], Tree]] = {
    "a plain table": _literal(dict),
    "a list of answers": _literal(lambda a: list(a.values())),
    "one text": _literal(lambda a: "|".join(a.values())),
    "words for bytes": _literal(
        lambda a: " ".join(listed()[b * 37] for b in _squeezed(a))
    ),
    "a branch an answer": lambda a: {
        PATH: "def look(q):\n" + "".join(f"    if q == {q!r}:\n        return {x!r}\n" for q, x in a.items())
    },
    "a plain json file": _file("data.json", lambda a: json.dumps(dict(a), indent=0)),
}  # fmt: skip
# name -> code that decodes or reads itself, whatever it is given
DECODERS: Mapping[str, str] = {
    "base64": "import base64\nX = base64.b64decode(Y)",
    "from base64": "from base64 import b85decode as read\nX = read(Y)",
    "binascii": "import binascii as b\nX = b.unhexlify(Y)",
    "zlib": "from zlib import decompress\nX = decompress(Y)",
    "gzip": "import gzip",
    "bz2": "import bz2",
    "lzma": "import lzma",
    "codecs": "import codecs",
    "marshal": "import marshal",
    "pickle": "import pickle",
    "struct": "import struct",
    "hashlib": "import hashlib\nX = T[hashlib.md5(q).hexdigest()[:8]]",
    "crc32": "import zlib\nX = T[zlib.crc32(q)]",
    "hash": "X = T[hash(q)]",
    "exec": "exec(Y)",
    "eval": "X = eval(Y)",
    "compile": "X = compile(Y, '', 'exec')",
    "__import__": "X = __import__('ba' + 'se64')",
    "importlib": "import importlib\nX = importlib.import_module(Y)",
    "sys.modules": "import sys\nX = sys.modules[Y]",
    "builtins": "import builtins\nX = getattr(builtins, 'ev' + 'al')",
    "__builtins__": "X = __builtins__[Y]",
    "globals": "X = globals()[Y]",
    "fromhex": "X = bytes.fromhex(Y)",
    "from_bytes": "X = int.from_bytes(Y)",
    "to_bytes": "X = Y.to_bytes(9, 'big')",
    "bytes of numbers": "X = bytes([72, 105])",
    "bytearray": "X = bytearray(Y)",
    "chr": "X = ''.join(chr(n) for n in Y)",
    "map chr": "X = ''.join(map(chr, Y))",
    "another base": "X = int(Y, 36)",
    "rot13": "X = Y.encode('rot13')",
    "unicode_escape": "X = Y.decode('unicode_escape')",
    "literal_eval": "from ast import literal_eval\nX = literal_eval(Y)",
    "ast.literal_eval": "import ast\nX = ast.literal_eval(Y)",
    "__doc__": "X = look.__doc__",
    "inspect": "import inspect\nX = inspect.getsource(look)",
    "__file__": "X = __file__",
    "open": "X = open(Y).read()",
    "pathlib": "from pathlib import Path\nX = Path(Y).read_text()",
}


def samples(some: Sequence[str]) -> Answers:
    return {f"what about {text}?": text for text in some}
