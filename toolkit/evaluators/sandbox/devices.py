"""Files and devices that a CUDA program needs beside its own card: tried on an H100, driver 580.

Not among it: /dev/nvidia-caps, which holds the rights to divide a card and to watch its parts.
"""

from __future__ import annotations

# nodes that all cards share; a card's own is named by each request
CONTROL = ("/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools")
# read to find the cards; the libraries of a driver that lies in no folder of the system's
DRIVER = (
    "/usr/local/nvidia", "/proc/driver", "/proc/devices", "/proc/modules", "/sys/bus/pci",
    "/sys/devices", "/sys/module",
)  # fmt: skip
# libcuda names its threads by /proc/<pid>/task/<tid>/comm, and does not start where it cannot
NAMES = ("/proc/self/task", "/proc/self/comm")
