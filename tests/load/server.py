"""Runs the app of the current folder as `streamlit run app.py` does, and keeps a count of its models' passes in a file.

`python server.py COUNTS --server.port=…`: nothing is imported from the project before it imports it itself, so
that any checkout can be measured.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

LOADING = "attention_core.pretrained.loading"


def count_passes(counts: Path) -> None:
    """As soon as the app has imported its models' code, count the passes; write the count every half second."""
    while not hasattr(sys.modules.get(LOADING), "Engine"):
        time.sleep(0.005)
    engine: Any = sys.modules[LOADING].Engine  # type: ignore[attr-defined]
    guard, passes = threading.Lock(), 0

    def counted(run: Any) -> Any:
        def pass_of_model(*arguments: Any, **options: Any) -> Any:
            nonlocal passes
            with guard:
                passes += 1
            return run(*arguments, **options)

        return pass_of_model

    for name in ("forward", "predict"):
        if hasattr(engine, name):
            setattr(engine, name, counted(getattr(engine, name)))
    written = counts.with_suffix(".part")
    while True:
        written.write_text(json.dumps({"passes": passes}))
        written.replace(counts)
        time.sleep(0.5)


if __name__ == "__main__":
    sys.path[0] = os.getcwd()
    threading.Thread(target=count_passes, args=(Path(sys.argv[1]),), daemon=True).start()
    from streamlit.web.cli import main

    sys.argv = ["streamlit", "run", "app.py", *sys.argv[2:]]
    main()
