"""Places of values: found without running anything, and written so that all else stays."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from toolkit.study import bindings
from toolkit.study.bindings import Gone, Refused, Unreadable, bound, parse

pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning")
PYTHON = '''# top
import os
from dataclasses import dataclass, field
DEPTH = 6  # number of layers
# width of a layer
WIDTH: int = 2**7
NAME = "a'b\\n"
SIZES = (1,
         2)
PAIR = 1, 2
COLD = -0.5
A, B = 3, 4
CFG = {"lr": 0.1, "deep": {"m": 0.9}}
OPTIONS = dict(lr=0.2)
if DEPTH:
    INSIDE = 3
LR = float(os.environ.get("LR", "0.1"))
@dataclass
class Config:
    lr: float = 1e-3  # rate
    sizes: list = field(default_factory=lambda: [1, 2])
    heads: int = field(default=4)
def build(a, b=0.3, *, kernel="x"):
    """The text 0.3 is no literal of the function."""
    # EVOLVE-BLOCK-START
    y = 0.3 * a - 0.3**2
    z = 1if a else 2
    # EVOLVE-BLOCK-END
    return-1
'''
YAML = "# c\na:\n  k1: 1.2 # x\n  l:\n  - 1 # one\n  - 2\nb: &q rbf\nc: *q\nd:\nflow: {x: 1, y: [a, b]}\n"
TOML = '# c\r\n[a]\r\nk = 1.5 # hm\r\nl = [1, 2]\r\n[[t]]\nx = 1\n[[t]]\nx = 2\na.b = "s"\n'
JSON = '{\n  "a": {"k": [1, {"z": 2.5}]},\n  "s": "x"\n}\n'
FILES = {
    "t.py": PYTHON.encode(),
    "c.yaml": YAML.encode(),
    "c.toml": TOML.encode(),
    "c.json": JSON.encode(),
}


def written(at: str, value: Any, files: dict[str, bytes] | None = None) -> dict[str, bytes]:
    files = FILES if files is None else files
    return dict(bound({"P": parse(at).settled(files)}, files, {"P": value}).files)


def default(at: str, files: dict[str, bytes] | None = None) -> Any:
    files = FILES if files is None else files
    return parse(at).settled(files).default(files)


@pytest.mark.parametrize(
    ("at", "value", "new", "old", "text"),
    [
        ("t.py:DEPTH", 6, 9, "DEPTH = 6  #", "DEPTH = 9  #"),
        ("t.py:WIDTH", 128, 3, "int = 2**7", "int = 3"),
        ("t.py:NAME", "a'b\n", 'x"\n', '"a\'b\\n"', "'x\"\\n'"),
        ("t.py:SIZES", [1, 2], [3, 4], "(1,\n         2)", "(3, 4)"),
        ("t.py:PAIR", [1, 2], [3], "PAIR = 1, 2", "PAIR = (3,)"),
        ("t.py:COLD", -0.5, 1e-9, "-0.5", "1e-09"),
        ("t.py:B", 4, -7, "= 3, 4", "= 3, -7"),
        ("t.py:CFG.deep.m", 0.9, 0.5, '"m": 0.9', '"m": 0.5'),
        ("t.py:OPTIONS.lr", 0.2, 0.5, "lr=0.2", "lr=0.5"),
        ("t.py:INSIDE", 3, 4, "INSIDE = 3", "INSIDE = 4"),
        ("t.py:Config.lr", 0.001, 0.5, "1e-3", "0.5"),
        ("t.py:Config.sizes", [1, 2], [4], ": [1, 2]", ": [4]"),
        ("t.py:Config.heads", 4, 5, "default=4", "default=5"),
        ("t.py:build.b", 0.3, 0.4, "b=0.3", "b=0.4"),
        ("t.py:build.kernel", "x", "y", 'kernel="x"', "kernel='y'"),
        ("t.py:build#1", 1, True, "z = 1if", "z = True if"),
        ("t.py:build#-1", -1, 4, "return-1", "return 4"),
        ("t.py:build#0.3@2", 0.3, -0.7, "- 0.3**2", "- (-0.7)**2"),
        ("c.yaml:a.k1", 1.2, 1e-5, "1.2 # x", "1.0e-05 # x"),
        ("c.yaml:a.l", [1, 2], [3], "  - 1 # one\n  - 2", "   [3]"),
        ("c.yaml:a.l.1", 2, 9, "- 2", "- 9"),
        ("c.yaml:b", "rbf", 'p, "q": #', "&q rbf", '&q "p, \\"q\\": #"'),
        ("c.yaml:d", None, 3, "d:", "d: 3"),
        ("c.yaml:flow.y", ["a", "b"], ["c"], "[a, b]", '["c"]'),
        ("c.toml:a.k", 1.5, 2.0, "1.5 # hm", "2.0 # hm"),
        ("c.toml:a.l", [1, 2], [5], "[1, 2]", "[5]"),
        ("c.toml:t.1.x", 2, 5, "x = 2", "x = 5"),
        ("c.toml:t.1.a.b", "s", 'q"\\', '"s"', '"q\\"\\\\"'),
        ("c.json:a.k.1.z", 2.5, 3.5, "2.5", "3.5"),
        ("c.json:s", "x", 'é"', '"x"', '"é\\""'),
    ],
)
def test_a_value_is_read_and_replaced_and_nothing_else_changes(
    at: str, value: Any, new: Any, old: str, text: str
) -> None:
    assert default(at) == value
    path = at.partition(":")[0]
    made = written(at, new)
    before, after = FILES[path].decode(), made[path].decode()
    assert before.count(old) == 1
    assert after == before.replace(old, text)
    assert {name: made[name] for name in FILES if name != path} == {
        name: FILES[name] for name in FILES if name != path
    }
    if "#" not in at:
        assert default(at, made) == new
    if path == "t.py":
        ast.parse(after)


def test_line_ends_and_a_byte_order_mark_stay() -> None:
    files = {"t.py": b"\xef\xbb\xbf" + PYTHON.replace("\n", "\r\n").encode()}
    made = written("t.py:DEPTH", 9, files)["t.py"]
    assert made == files["t.py"].replace(b"DEPTH = 6", b"DEPTH = 9")


def test_columns_are_counted_in_letters_and_a_form_feed_ends_no_line() -> None:
    files = {"t.py": "A = 'é\u2028'; B = 2\n\x0cC = 3\n".encode()}
    assert written("t.py:B", 5, files)["t.py"].decode() == "A = 'é\u2028'; B = 5\n\x0cC = 3\n"
    assert written("t.py:C", 5, files)["t.py"].decode() == "A = 'é\u2028'; B = 2\n\x0cC = 5\n"


def test_a_file_keeps_the_encoding_that_it_declares() -> None:
    files = {"t.py": "# coding: latin-1\nA = 'é'\nB = 1\n".encode("latin-1")}
    assert default("t.py:A", files) == "é"
    made = written("t.py:A", "ü→", files)["t.py"]
    assert made == b"# coding: latin-1\nA = '\\xfc\\u2192'\nB = 1\n"
    with pytest.raises(Gone, match=r"t\.py cannot be read as text"):
        default("t.py:A", {"t.py": b"A = '\xff'\n"})


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("X = 1\nX = 2\n", "t.py:X", r"binds X at lines 1 and 2"),
        ("if 1:\n    X = 1\nelse:\n    X = 2\n", "t.py:X", r"binds X at lines 2 and 4"),
        ("X = 1\nX += 2\n", "t.py:X", r"binds X at lines 1 and 2"),
        ("X = 1\nif (X := 2) > 1:\n    pass\n", "t.py:X", r"binds X at lines 1 and 2"),
        ("X = 1\ny = [X := n for n in z]\n", "t.py:X", r"binds X at lines 1 and 2"),
        ("X = 1\nmatch y:\n    case X:\n        pass\n", "t.py:X", r"binds X at lines 1 and 2"),
        ("X = 1\ntry:\n    y\nexcept E as X:\n    pass\n", "t.py:X", r"binds X at lines 1 and 2"),
        ("X = 1\ndel X\n", "t.py:X", r"binds X at lines 1 and 2"),
        ("class C:\n    x = 1\nC.x = 2\n", "t.py:C.x", r"binds C.x at lines 2 and 3"),
        ("X = 1\nfor X in y:\n    pass\n", "t.py:X", r"binds X at lines 1 and 2"),
        ("X = 1\ndef f():\n    global X\n    X = 2\n", "t.py:X", r"binds X at lines 1 and 4"),
        ("X: int\n", "t.py:X", r"no constant X"),
        ("import X\n", "t.py:X", r"line 1: X is given no value"),
        ("X = f()\n", "t.py:X", r"line 1: 'f\(\)' stands there, which is no plain value"),
        ("X = 9**9**9\n", "t.py:X", r"no plain value"),
        ("DEPTH = 1\n", "t.py:DEPT", r"did you mean 'DEPTH'"),
        ("X = (\n", "t.py:X", r"no Python that can be read"),
        ("X = 1\n", "u.py:X", r"no file u\.py; did you mean 't\.py'"),
        ("def f():\n    return 1 + 1\n", "t.py:f#1", r"2 literals 1 \(lines 2, 2\).*#1@1 to #1@2"),
        ("def f():\n    return 1\n", "t.py:f#2", r"t\.py: f has no literal 2"),
        ("def f():\n    return 1\n", "t.py:f#1@2", r"so there is no #1@2"),
        ("def f(a):\n    return 1\n", "t.py:f.a", r"f has no argument a with a default"),
        ("x = 1\n", "t.py:g#1", r"defines no function g"),
    ],
)
def test_a_place_that_is_not_there_once_is_told(text: str, at: str, message: str) -> None:
    with pytest.raises(Gone, match=message):
        default(at, {"t.py": text.encode()})


def test_keys_of_configuration_that_cannot_be_written_are_told() -> None:
    with pytest.raises(Gone, match=r"c\.yaml has no key a\.k2; did you mean 'a\.k1'"):
        default("c.yaml:a.k2")
    with pytest.raises(Gone, match=r"c\.yaml, line 8: '\*c' stands there"):
        default("c.yaml:c")
    with pytest.raises(Gone, match="at lines 1 and 2"):
        default("c.yaml:a", {"c.yaml": b"a: 1\na: 2\n"})
    with pytest.raises(Gone, match="at lines 1 and 1"):
        default("c.json:a", {"c.json": b'{"a": 1, "a": 2}'})
    for path in ("c.yaml", "c.toml", "c.json"):
        with pytest.raises(Gone, match=rf"{path} is no \w+ that can be read"):
            default(f"{path}:a", {path: b"{a: [1,,]\x00 = "})


@pytest.mark.parametrize("at", ["t.py:DEPTH", "c.yaml:a.k1", "c.toml:a.k", "c.json:s"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_a_value_without_a_literal_is_refused(at: str, value: Any) -> None:
    with pytest.raises(Refused, match=r"parameter P cannot be written at"):
        written(at, value)


@pytest.mark.parametrize(
    "value",
    [0, -3, 2**62, 0.1, 1e-05, 1e300, -0.0, True, False, "", "no", "1.0", "a\n\t\u2028\x7f"],
)
@pytest.mark.parametrize(
    "at", ["t.py:DEPTH", "c.yaml:a.k1", "c.yaml:flow.x", "c.toml:a.k", "c.json:s"]
)
def test_what_is_written_reads_as_the_same(at: str, value: Any) -> None:
    found = default(at, written(at, value))
    assert (type(found), repr(found)) == (type(value), repr(value))


@pytest.mark.parametrize(
    "at", ["DEPTH", "train.py", "train.py:", "config.ini:a", "env:", "env:A=B", "--", "t.py:f#x"]
)
def test_a_place_of_another_form_says_what_may_be_written(at: str) -> None:
    with pytest.raises(ValueError, match=r"must be a place like|no literal of Python"):
        parse(at)


ARGPARSE = """import argparse, os
DEFAULT = 6
p = argparse.ArgumentParser()
p.add_argument("-n", "--num-leaves", type=int, default=31, help="leaves of a tree")
p.add_argument("--rate", type=float, default=1)
p.add_argument("--verbose", action="store_true")
p.add_argument("--bias", action=argparse.BooleanOptionalAction, default=True)
p.add_argument("--depth", type=int, default=DEFAULT, choices=[1, 6])
p.add_argument("--layers", nargs="+", type=int, default=[1, 2])
p.add_argument("--name")
SPEED = int(os.getenv("SPEED", "3"))
HOME = os.environ["HOME"]
"""
CLICK = """import click
@click.option("--loss", type=click.Choice(["l1", "l2"]), default="l2")
@click.option("--shout/--quiet", default=False)
@click.option("--tag", multiple=True, default=["a"])
@click.option("--dry", is_flag=True)
def main(loss, shout, tag, dry): ...
"""
PROGRAM = {"train.py": ARGPARSE.encode(), "app.py": CLICK.encode()}


@pytest.mark.parametrize(
    ("at", "value", "new", "words"),
    [
        ("--num-leaves", 31, -5, ("--num-leaves=-5",)),
        ("-n", 31, 5, ("-n", "5")),
        ("--rate", 1.0, 1e-05, ("--rate=1e-05",)),
        ("--verbose", False, True, ("--verbose",)),
        ("--bias", True, False, ("--no-bias",)),
        ("--depth", 6, 1, ("--depth=1",)),
        ("--layers", [1, 2], [3, 4], ("--layers", "3", "4")),
        ("--loss", "l2", "l1", ("--loss=l1",)),
        ("--shout", False, True, ("--shout",)),
        ("--tag", ["a"], ["b", "c"], ("--tag", "b", "--tag", "c")),
        ("--dry", False, True, ("--dry",)),
    ],
)
def test_an_option_is_read_from_its_parser_and_given_to_the_command(
    at: str, value: Any, new: Any, words: tuple[str, ...]
) -> None:
    assert default(at, PROGRAM) == value
    binding = parse(at).settled(PROGRAM)
    made = bound({"P": binding}, PROGRAM, {"P": new})
    assert (made.files, made.arguments) == (PROGRAM, words)
    assert bound({"P": binding}, PROGRAM, {"P": value}).arguments == ()
    assert bound({"P": binding}, PROGRAM, {}).arguments == ()


def test_an_option_that_the_command_gives_has_its_default_there() -> None:
    binding = parse("--num-leaves").settled(PROGRAM, ["python", "train.py", "--num-leaves", "9"])
    assert binding.default(PROGRAM) == "9"
    given = parse("--verbose").settled(PROGRAM, ["python", "train.py", "--verbose"])
    with pytest.raises(Refused, match="the command itself says --verbose"):
        bound({"P": given}, PROGRAM, {"P": False})


def test_a_variable_is_read_where_the_code_asks_for_it() -> None:
    assert default("env:SPEED", PROGRAM) == 3
    made = bound({"P": parse("env:SPEED").settled(PROGRAM)}, PROGRAM, {"P": 7})
    assert made.environment == {"SPEED": "7"}
    with pytest.raises(Gone, match="has no default that can be read"):
        default("env:HOME", PROGRAM)
    with pytest.raises(Gone, match="no Python file reads the environment variable NOPE"):
        default("env:NOPE", PROGRAM)


def test_what_no_edit_removed_is_written_and_what_one_removed_is_gone() -> None:
    known = {
        "D": parse("t.py:DEPTH").settled(FILES),
        "L": parse("t.py:build#0.3@2").settled(FILES),
        "N": parse("--num-leaves").settled(PROGRAM),
    }
    edited = {"t.py": PYTHON.replace("DEPTH = 6", "LAYERS = 6").replace("0.3 * a", "a").encode()}
    assert bound(known, edited, {}).files == edited
    with pytest.raises(Gone, match=r"^parameter D is gone: t\.py has no constant DEPTH any more$"):
        bound(known, edited, {"D": 3})
    with pytest.raises(Gone, match=r"parameter L is gone: .* 1 literal\(s\) 0\.3 where 2 were"):
        bound(known, edited, {"L": 0.5})
    with pytest.raises(
        Gone, match=r"parameter N is gone: no parser declares --num-leaves any more"
    ):
        bound(known, {"train.py": b"print(1)\n"}, {"N": 3})


def test_two_literals_of_one_function_are_written_at_once() -> None:
    files = {"t.py": b"def f():\n    return 0.3, 0.5\n"}
    known = {"a": parse("t.py:f#0.3").settled(files), "b": parse("t.py:f#0.5").settled(files)}
    made = bound(known, files, {"a": 0.5, "b": 0.3})
    assert made.files["t.py"] == b"def f():\n    return 0.5, 0.3\n"


def test_every_place_is_listed_with_its_value_comment_and_line() -> None:
    found = {one.at: one for one in bindings.places({**FILES, **PROGRAM})}
    depth, width = found["t.py:DEPTH"], found["t.py:WIDTH"]
    assert (depth.value, depth.comment, depth.line, depth.kind) == (
        6,
        "number of layers",
        4,
        "constant",
    )
    assert (width.value, width.comment) == (128, "width of a layer")
    assert found["t.py:build.b"].kind == "default"
    assert found["t.py:build#0.3@1"].kind == "literal"
    assert "t.py:build#-1" not in found  # behind the end of the block
    assert found["--depth"].choices == (1, 6)
    assert (found["--num-leaves"].comment, found["--num-leaves"].value) == ("leaves of a tree", 31)
    assert found["--verbose"].kind == "switch"
    assert found["--loss"].choices == ("l1", "l2")
    assert found["env:SPEED"].value == 3
    assert found["c.yaml:a.k1"].comment == "x"
    assert found["c.toml:a.k"].comment == "hm"
    for one in found.values():
        if one.value is not bindings.UNKNOWN and one.value is not None:
            assert default(one.at, {**FILES, **PROGRAM}) == bindings.plain(one.value)


def test_a_value_that_two_names_share_is_told_and_not_listed() -> None:
    files = {"t.py": b"A = B = 3\nC = 4\nclass K:\n    x = y = 5\n"}
    for at, says in (("t.py:A", "line 1 gives one value to A and B"), ("t.py:K.x", "K.x and y")):
        with pytest.raises(Gone, match=says):
            parse(at).default(files)
    assert [one.at for one in bindings.places(files)] == ["t.py:C"]


def test_a_text_in_lines_is_replaced_without_the_line_behind_it() -> None:
    for begin in ("|", ">-", "|+"):
        files = {"c.yaml": f"a: {begin}\n  one\n  two\n\nb: 1\n".encode()}
        made = bound({"p": parse("c.yaml:a")}, files, {"p": "three"}).files
        assert made["c.yaml"] == b'a: "three"\n\nb: 1\n'


def test_aliases_of_aliases_end_no_reading() -> None:
    lines = ["a0: &a0 [1, 2]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    files = {"c.yaml": "\n".join([*lines, "lr: 0.1"]).encode()}
    assert default("c.yaml:lr", files) == 0.1
    assert default("c.yaml:a0", files) == [1, 2]
    with pytest.raises(Unreadable):
        default("c.yaml:a29", files)
