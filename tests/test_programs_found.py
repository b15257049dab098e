"""Programs that `toolkit init` finds in a folder, and what it says where there is none."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from toolkit.errors import UserError
from toolkit.scaffold import options, proposal, survey
from toolkit.scaffold.answers import Answers


def code(tmp_path: Path, **files: str) -> Path:
    for stem, text in files.items():
        (tmp_path / f"{stem}.py").write_text(textwrap.dedent(text))
    return tmp_path


def programs(root: Path) -> list[str]:
    return [one.path for one in survey.read(root).scripts]


@pytest.mark.parametrize(
    "body",
    [
        "if len(sys.argv) > 1:\n    main()\n",
        'if sys.argv[1:] == ["go"]:\n    pass\nelse:\n    main()\n',
        "try:\n    main()\nexcept KeyboardInterrupt:\n    pass\n",
        "if DEPTH:\n    with open('a') as file:\n        main()\n",
        "raise SystemExit(main())\n",
        'if __name__ == "__main__":\n    main()\n',
    ],
)
def test_a_program_is_found_below_any_condition(tmp_path: Path, body: str) -> None:
    head = "import sys\nDEPTH = 3\n\ndef main():\n    print('loss:', DEPTH)\n\n"
    assert programs(code(tmp_path, main=head + body)) == ["main.py"]


@pytest.mark.parametrize(
    "body",
    [
        "if DEPTH > 2:\n    WIDTH = 3\n",
        "try:\n    import numpy\nexcept ImportError:\n    print('no numpy')\n",
        "class A:\n    b = print('loss', 1)\n",
        "def main():\n    print('loss:', DEPTH)\n",
    ],
)
def test_what_only_defines_names_is_no_program(tmp_path: Path, body: str) -> None:
    assert programs(code(tmp_path, main=f"DEPTH = 3\n{body}")) == []


def test_files_without_a_program_are_told_by_name_and_number(tmp_path: Path) -> None:
    found = survey.read(code(tmp_path, main="def made():\n    return 1\n"))
    with pytest.raises(
        UserError, match=r"no program: main\.py only defines names, and does nothing"
    ):
        survey.script(found, "")
    with pytest.raises(UserError, match=r"--program main\.py: main\.py only defines names"):
        survey.script(found, "main.py")
    seven = survey.read(code(tmp_path, **dict.fromkeys("abcdef", "X = 1\n")))
    with pytest.raises(
        UserError, match=r"d\.py, e\.py and 2 more files only define names, and none"
    ):
        survey.script(seven, "")


def test_a_program_that_waits_for_words_is_told_to_be_given_them(tmp_path: Path) -> None:
    text = """
        import sys
        DEPTH = 3
        if len(sys.argv) > 1:
            print("loss:", DEPTH)
        """
    found = survey.read(code(tmp_path, main=text))
    study = proposal.made(found, options.chosen(found, Answers()), Answers())
    (told,) = study.warnings
    assert told.startswith("main.py does something only where words follow its name (line 4)")
    assert 'script = ["python", "main.py", "WORD"]' in told
