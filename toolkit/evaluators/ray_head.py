"""Runs a Ray of this machine's own for as long as its standard input stays open.

Started as a script by ray_session.py, with an environment that was built from nothing: Ray's
daemons and workers inherit it, so they never saw a key. When the host ends in any way, also by
kill -9, the pipe closes and everything that was started here is stopped.
"""

from __future__ import annotations

import json
import shutil
import sys

STORE_BYTES = 256 << 20


def main() -> None:
    settings = json.loads(sys.argv[1])
    try:
        import ray

        context = ray.init(
            num_cpus=settings["slots"], include_dashboard=False, log_to_driver=False,
            logging_level="error", object_store_memory=STORE_BYTES, _temp_dir=settings["folder"],
        )  # fmt: skip
        print(json.dumps({"address": context.address_info["gcs_address"]}), flush=True)
        sys.stdin.buffer.read()
        ray.shutdown()
    finally:
        shutil.rmtree(settings["folder"], ignore_errors=True)


if __name__ == "__main__":
    main()
