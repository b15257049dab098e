"""Near copies of a table's answers are kept from programs, however their bytes differ."""

from __future__ import annotations

import csv
import gzip
import io
import json
import lzma
import sqlite3
import tarfile
import zipfile
from pathlib import Path

import kind_studies
import pytest
from kind_studies import TABLE, told

from toolkit.study import study as study_files


def answers(tmp_path: Path) -> list[dict[str, str]]:
    kind_studies.homes(tmp_path / "plain", TABLE)
    with (tmp_path / "plain" / "homes.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def text(rows: list[dict[str, str]], columns: list[str], delimiter: str = ",") -> str:
    sink = io.StringIO(newline="")
    writer = csv.DictWriter(sink, columns, delimiter=delimiter, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue()


def near_copies(rows: list[dict[str, str]]) -> dict[str, str]:
    columns = list(rows[0])
    plain = text(rows, columns)
    wrong = [{**row, "price": "1"} if n < len(rows) // 20 else row for n, row in enumerate(rows)]
    return {
        "one_more.csv": plain + "\n",
        "unix.csv": plain.replace("\r\n", "\n"),
        "old_mac.csv": plain.replace("\r\n", "\r"),
        "turned.csv": text(rows[::-1], columns[::-1]),
        "tabs.tsv": text(rows, columns, "\t"),
        "semicolons.txt": text(rows, columns, ";"),
        "some_wrong.csv": text(wrong, columns),
        "two_columns.csv": text(rows, ["home", "price"]),
        "capital.csv": plain.replace("price", "Price", 1),
    }


@pytest.mark.parametrize("with_id", [True, False])
def test_a_near_copy_below_the_programs_folder_is_no_file_of_the_program(
    tmp_path: Path, with_id: bool
) -> None:
    rows = answers(tmp_path)
    study = TABLE if with_id else TABLE.replace('id = "home"\n', "")
    root = kind_studies.homes(tmp_path / "mine", study)
    made = near_copies(rows)
    if not with_id:  # fewer columns tell no row from another
        made.pop("two_columns.csv")
    for name, content in made.items():
        (root / "program" / name).write_bytes(content.encode())
    (root / "program" / "half.csv").write_text(text(rows[: len(rows) // 2], list(rows[0])))
    (root / "program" / "features.csv").write_text(text(rows, ["home", "rooms"]))
    kept = {Path(name).name for name in study_files.load(root).original}
    assert not kept & set(made)
    assert {"half.csv", "features.csv"} <= kept


def packed(rows: list[dict[str, str]]) -> dict[str, bytes]:
    """The answers in files of other forms, and in archives."""
    plain, zipped, tarred = text(rows, list(rows[0])).encode(), io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("deep/homes.csv", plain)
    with tarfile.open(fileobj=tarred, mode="w:gz") as archive_of_tar:
        member = tarfile.TarInfo("homes.csv")
        member.size = len(plain)
        archive_of_tar.addfile(member, io.BytesIO(plain))
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE homes (home, rooms, street, price)")
    database.executemany(
        "INSERT INTO homes VALUES (?, ?, ?, ?)", [(*row.values(),) for row in rows]
    )
    database.commit()
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    return {
        "homes.csv.gz": gzip.compress(plain),
        "homes.csv.xz": lzma.compress(plain),
        "homes.zip": zipped.getvalue(),
        "homes.tar.gz": tarred.getvalue(),
        "homes.sqlite": database.serialize(),
        "homes.json": json.dumps(rows).encode(),
        "homes.jsonl": "".join(f"{json.dumps(row)}\n" for row in rows).encode(),
        "columns.json": json.dumps(columns).encode(),
        "wide.csv": plain.decode().encode("utf-16"),
        "homes.csv~": plain + b"\n",
        "homes": plain + b"\n",
    }


def test_answers_in_other_forms_and_in_archives_are_no_files_of_the_program(tmp_path: Path) -> None:
    made = packed(answers(tmp_path))
    root = kind_studies.homes(tmp_path / "mine", TABLE)
    for name, content in made.items():
        (root / "program" / name).write_bytes(content)
    harmless = {
        "broken.zip": b"PK\x03\x04 no archive", "broken.gz": b"\x1f\x8b", "broken.json": b"[{",
        "deep.json": b"[" * 100_000, "broken.db": b"SQLite format 3\x00", "other.json": b"[1]",
    }  # fmt: skip
    for name, content in harmless.items():
        (root / "program" / name).write_bytes(content)
    kept = {Path(name).name for name in study_files.load(root).original}
    assert kept == {"model.py", *harmless}


def test_a_near_copy_among_the_data_is_refused_by_name(tmp_path: Path) -> None:
    rows = answers(tmp_path)
    study = TABLE.replace('path = "program"', 'path = "program"\ndata = ["more"]')
    root = kind_studies.homes(tmp_path / "mine", study)
    (root / "more").mkdir()
    (root / "more" / "mine.csv").write_text(text(rows[::-1], list(rows[0])[::-1]))
    said = told(root)
    assert (
        "mine.csv has the content of homes.csv, which task.file names: no program gets it" in said
    )
