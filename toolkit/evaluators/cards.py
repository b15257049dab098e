"""NVIDIA cards of this machine, lent to evaluations one by one."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError

VARIABLE = "CUDA_VISIBLE_DEVICES"
_LIBRARIES = ("/usr/local/nvidia/lib64", "/usr/local/nvidia/lib")
_SMI = "/usr/local/nvidia/bin/nvidia-smi"
_SMI_S = 30
_ROW = re.compile(r"GPU (\d+): (.+) \(UUID: (GPU-[\w-]+)\)")
_KNOWN = Path("/proc/driver/nvidia/gpus")


@dataclass(frozen=True)
class Card:
    """Card of this machine. uuid: "" where only its node is known. node: its device file."""

    index: int
    uuid: str
    title: str
    node: str

    @property
    def name(self) -> str:
        """Name as CUDA_VISIBLE_DEVICES takes it; a number means another card where one is shut."""
        return self.uuid or str(self.index)


def present() -> tuple[Card, ...]:
    """Cards that this process may use; none where there is no driver."""
    found = listed(_listing(), _minors()) or _by_node()
    return chosen(found, os.environ.get(VARIABLE))


def _listing() -> str:
    program = shutil.which("nvidia-smi") or _SMI
    try:
        done = subprocess.run(
            [program, "-L"], capture_output=True, text=True, timeout=_SMI_S, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def listed(text: str, minors: Mapping[str, int]) -> tuple[Card, ...]:
    """Cards that `nvidia-smi -L` lists. minors: {uuid: number of its device file}."""
    rows = (_ROW.match(line) for line in text.splitlines())
    return tuple(
        Card(int(row[1]), row[3], row[2], f"/dev/nvidia{minors.get(row[3], int(row[1]))}")
        for row in rows
        if row
    )


def _minors() -> dict[str, int]:
    found = {}
    for file in _KNOWN.glob("*/information"):
        with contextlib.suppress(OSError, KeyError, ValueError):
            rows = dict(line.split(":", 1) for line in file.read_text().splitlines() if ":" in line)
            found[rows["GPU UUID"].strip()] = int(rows["Device Minor"])
    return found


def _by_node() -> tuple[Card, ...]:
    """Cards of a machine whose driver came without its tools."""
    names = (re.fullmatch(r"nvidia(\d+)", path.name) for path in Path("/dev").glob("nvidia*"))
    numbers = sorted(int(name[1]) for name in names if name)
    return tuple(Card(n, "", "unknown model", f"/dev/nvidia{n}") for n in numbers)


def chosen(cards: Sequence[Card], visible: str | None) -> tuple[Card, ...]:
    """Cards that CUDA_VISIBLE_DEVICES leaves; as in CUDA the first unknown name ends it."""
    if visible is None:
        return tuple(cards)
    found: list[Card] = []
    for name in (one.strip() for one in visible.split(",")):
        named = [card for card in cards if name == str(card.index) or _begins(card, name)]
        if len(named) != 1 or named[0] in found:
            break
        found += named
    return tuple(found)


def _begins(card: Card, name: str) -> bool:
    return name.startswith("GPU-") and card.uuid.startswith(name)


def enough(gpus: int, cards: Sequence[Card]) -> int:
    """Number of evaluations at a time that have cards. Raises UserError where not one has."""
    if len(cards) >= gpus:
        return len(cards) // gpus
    many = f"{len(cards)} of them" if cards else "none"
    raise UserError(
        f"[limits] gpus = {gpus}: every evaluation needs {gpus} NVIDIA card(s), and this machine "
        f"has {many} that programs may use (`toolkit doctor` lists them, {VARIABLE} hides them): "
        "run it where there are enough, or take the key out"
    )


def environment() -> dict[str, str]:
    """Variables by which a fork server finds a driver that lies in no folder of the system's."""
    found = [path for path in _LIBRARIES if Path(path).is_dir()]
    return {"LD_LIBRARY_PATH": ":".join(found)} if found else {}


class Pool:
    """Cards that nobody has; each is lent to one evaluation at a time."""

    def __init__(self, cards: Sequence[Card]) -> None:
        self._free, self._all = list(cards), len(cards)
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def lent(self, count: int) -> Iterator[Sequence[Card]]:
        """Cards of that number, for as long as the context lasts; waits for them."""
        if count > self._all:  # the evaluator was opened for a study that asks for fewer
            raise ValueError(f"a job for {count} card(s) needs an evaluator that has as many")
        with self._changed:
            self._changed.wait_for(lambda: len(self._free) >= count)
            taken, self._free = self._free[:count], self._free[count:]
        try:
            yield taken
        finally:
            with self._changed:
                self._free += taken
                self._changed.notify_all()


def given(cards: Sequence[Card]) -> dict[str, str]:
    """Variables of an evaluation that has these cards; none where it has none."""
    return {VARIABLE: ",".join(card.name for card in cards)} if cards else {}
