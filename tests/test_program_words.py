"""Words that a program cannot start without: `toolkit init` finds them on a page, or says so."""

from __future__ import annotations

import textwrap
import tomllib
from pathlib import Path

import pytest

from toolkit.scaffold import options, proposal, survey, writing
from toolkit.scaffold.answers import Answers
from toolkit.scaffold.proposal import Proposal

CLI = """
    import argparse, tomllib
    ap = argparse.ArgumentParser()
    ap.add_argument("--config", required=True)
    ap.add_argument("--days", type=int, default=7)
    ap.add_argument("--fast", action="store_true")
    args = ap.parse_args()
    conf = tomllib.load(open(args.config, "rb"))
    print("mae:", conf["alpha"] * args.days)
    """


def proposed(root: Path, program: str, page: str = "") -> Proposal:
    (root / "main.py").write_text(textwrap.dedent(program))
    (root / "README.md").write_text(textwrap.dedent(page))
    found = survey.read(root)
    return proposal.made(found, options.chosen(found, Answers()), Answers())


def script(root: Path, program: str, page: str = "") -> list[str]:
    found = tomllib.loads(writing.text(proposed(root, program, page)))
    command: list[str] = found["code"]["script"]
    return command


def configured(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).write_text("alpha = 0.4\n")
    return root


def test_a_required_option_is_typed_as_the_page_types_it(tmp_path: Path) -> None:
    page = "Run `python main.py --config b.toml --days 3 --fast` twice.\n"
    found = script(configured(tmp_path, "a.toml", "b.toml"), CLI, page)
    assert found == ["python", "main.py", "--config", "b.toml"], "what has a default keeps it"


def test_the_settings_of_a_file_that_the_words_name_are_parameters(tmp_path: Path) -> None:
    found = proposed(configured(tmp_path, "conf.toml"), CLI)
    assert [one.at for one in found.parameters] == ["--days", "--fast", "conf.toml:alpha"]


def test_the_only_configuration_is_handed_to_an_option_that_needs_one(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    found = script(configured(tmp_path, "conf.toml"), CLI)
    assert found == ["python", "main.py", "--config", "conf.toml"]


@pytest.mark.parametrize(
    "page",
    ["", "python main.py --config <CONFIG>\n", "python main.py --config path/to/your.toml\n"],
)
def test_words_that_nothing_tells_are_said_with_the_line_to_write(
    tmp_path: Path, page: str
) -> None:
    found = proposed(configured(tmp_path, "a.toml", "b.toml"), CLI, page)
    (told,) = [one for one in found.warnings if "needs --config" in one]
    assert "(line 4)" in told
    assert 'script = ["python", "main.py", "--config", "VALUE"]' in told


@pytest.mark.parametrize(
    ("program", "typed", "kept"),
    [
        (
            """
            import click
            @click.command()
            @click.argument("table")
            @click.option("--fast/--slow", default=True)
            def main(table, fast): print("loss:", 1)
            main()
            """,
            "$ python3 main.py --fast rows.csv  # quick",
            ["rows.csv"],
        ),
        (
            """
            import sys
            if len(sys.argv) != 3:
                sys.exit("usage: main.py TABLE K")
            print("loss:", float(sys.argv[2]))
            """,
            "python main.py rows.csv 3 > out.txt",
            ["rows.csv", "3"],
        ),
        (
            """
            import argparse
            ap = argparse.ArgumentParser()
            ap.add_argument("table", nargs="?", default="rows.csv")
            print("loss:", len(ap.parse_args().table))
            """,
            "python main.py other.csv",
            [],
        ),
    ],
    ids=["click", "sys.argv", "optional"],
)
def test_plain_words_are_typed_where_they_are_needed(
    tmp_path: Path, program: str, typed: str, kept: list[str]
) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n1,2\n")
    assert script(tmp_path, program, f"    {typed}\n") == ["python", "main.py", *kept]


def test_a_module_of_a_package_is_started_by_its_file_where_a_page_does(tmp_path: Path) -> None:
    package = tmp_path / "src" / "finder"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "run.py").write_text('print("loss:", 1)\n')
    assert survey.read(tmp_path).scripts[0].command == ("python", "-m", "src.finder.run")
    (tmp_path / "README.md").write_text("`python src/finder/run.py` writes a run.\n")
    assert survey.read(tmp_path).scripts[0].command == ("python", "src/finder/run.py")
