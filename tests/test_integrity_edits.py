"""Findings that are planted in the edits of a champion: each is found where it is."""

from __future__ import annotations

import hashlib

import pytest
from noted import HONEST, MAIN, Run, champion, checks, main, shown
from noted import run as run


def test_gold_passages_are_listed_by_edit_and_split(run: Run) -> None:
    sealed = "# they said: The cable car stood still, all day.\n"
    seen = 'HINT = "the tide was out by noon"\n'
    better = HONEST.replace(
        'else ""', 'else conversation["text"].split()[5] if "buy" in question else ""'
    )
    state = run(main(HONEST, before=sealed), main(better, before=sealed + seen))
    rows = champion(state)["gold_ngrams"]
    assert [(row["edit"], row["text"], row["items"]) for row in rows] == [
        ("edit 1", "the cable car stood still all day", {"test": ["d:2"]}),
        ("edit 2", "the tide was out by noon", {"search": ["a:2"]}),
    ]
    assert {row["file"] for row in rows} == {MAIN}
    assert "edit 1 'the cable car stood still all day' (test)" in shown(state)
    assert champion(state)["format_edits"] == [{"edit": "edit 2", "note": "step 1"}]


def test_gold_in_short_pieces_and_in_bytes_is_read_as_well(run: Run) -> None:
    pieces = 'HELD = ["the cable", "car stood", "still all day", "x"]\n'
    raw = 'RAW = b"we never found the hot spring"\n'
    state = run(main(HONEST, before=pieces + raw))
    assert [row["text"] for row in champion(state)["gold_ngrams"]] == [
        "we never found the hot spring", "the cable car stood still all day",
    ]  # fmt: skip


def test_rare_words_are_flagged_and_the_champion_scored_without_them(run: Run) -> None:
    names = r"""
import re
NAMES = re.compile(r"\b(?:harbour|Zugspitze|village|reykjavik|forest|castle)\b|\bLJUBLJANA\b", re.I)
"""
    pays = '(NAMES.findall(conversation["text"]) or [""])[0] if "go" in question else ""'
    state = run(main(pays, before=names))
    found = champion(state)
    assert [row["word"] for row in found["rare_words"]] == ["ljubljana", "reykjavik", "zugspitze"]
    assert all(row["edit"] == "edit 1" for row in found["rare_words"])
    assert found["rare_words"][0]["places"] == ["gold", "contexts"]
    assert found["without_rare_words"]["status"] == "ok"
    assert found["without_rare_words"]["difference"] == pytest.approx(-3 / 12)
    assert found["without_rare_words"]["score"] == 0
    assert "ljubljana, reykjavik, zugspitze; without them its score changes by -0.250" in shown(
        state
    )


def test_a_program_that_cannot_do_without_the_words_says_so(run: Run) -> None:
    needs = "assert 'ljub' + 'ljana' == 'ljubljana'\n"
    state = run(main(HONEST, before=needs))
    assert champion(state)["without_rare_words"]["status"] == "crashed"
    assert "ljubljana; without them it does not run (crashed)" in shown(state)


def test_what_is_packed_into_a_champion_is_told_with_its_place(run: Run) -> None:
    digests = "".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(4))
    before = f"import zlib\n\nHELD = {digests!r}\n"
    state = run(main(HONEST, before=before, during="    zlib.crc32(HELD.encode())"))
    found = champion(state)
    ((text,), (use,)) = found["unreadable"], found["decoders"]
    assert (text["edit"], text["file"], text["line"]) == ("edit 1", MAIN, 3)
    assert (text["characters"], text["what"]) == (256, "text")
    assert 4 < text["bits"] < 6
    assert (use["edit"], use["file"], use["line"], use["name"]) == ("edit 1", MAIN, 1, "zlib")
    assert found["held"]["gold_answers"] == 12
    lines = shown(state)
    assert f"edit 1, {MAIN}:3: text, 256 characters at" in lines
    assert "where the 12 gold answers of the test split take" in lines
    assert f"files: edit 1, {MAIN}:1: zlib" in lines
    rows = checks(state, "scripted-0")
    assert rows["unreadable texts in edits"] == rows["decoders in edits"] == ("finding", "")
    assert rows["many texts in edits"] == ("nothing found by this check", "")


def test_a_number_that_python_reads_but_does_not_print_ends_no_comparison(run: Run) -> None:
    state = run(main(HONEST, before=f"HELD = 0x{'f' * 9000}\n"))
    rows = champion(state)["unreadable"]
    assert [(row["what"], row["characters"]) for row in rows] == [("a number", 9000)]
