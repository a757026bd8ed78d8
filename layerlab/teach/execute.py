"""`python -m layerlab.teach.execute NB…`: run notebooks and store their outputs, the same way each time.

What only tells of one run is left out: widget state, times, the version of Python. Notebooks are the source;
this is how their outputs come to be.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from layerlab.teach.notebook import BadNotebook, read, write

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
KEPT = ("kernelspec", "layerlab", "slideshow")
"""The notebook's metadata that is stored; all else comes from one run or one program."""

TIMEOUT = 120


def execute(path: Path) -> None:
    """Run the notebook in the file at `path`, in its directory, and store it with its outputs."""
    notebook = read(path)
    notebook.metadata["kernelspec"] = dict(KERNEL)
    NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    write(path, tidy(notebook))


def tidy(notebook: Any) -> Any:
    """`notebook` without what only tells of one run; cells count from 1, streams are in one piece."""
    for key in list(notebook.metadata):
        if key not in KEPT:
            del notebook.metadata[key]
    count = 0
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        for out in cell.outputs:
            if out.output_type == "execute_result":
                out.execution_count = count
            if "data" in out:
                out.data.pop("application/vnd.jupyter.widget-view+json", None)
        cell.outputs = _joined(cell.outputs)
    return notebook


def _joined(outputs: list[Any]) -> list[Any]:
    """Neighbouring pieces of one stream as one."""
    found: list[Any] = []
    for out in outputs:
        last = found[-1] if found else None
        if last is not None and out.output_type == last.output_type == "stream" and out.name == last.name:
            last.text += out.text
        else:
            found.append(out)
    return found


def main(argv: list[str] | None = None) -> int:
    """Execute the notebooks named on the command line; 0 if all ran."""
    parser = argparse.ArgumentParser(prog="python -m layerlab.teach.execute", description=__doc__)
    parser.add_argument("notebooks", nargs="+", type=Path, metavar="NB")
    for path in parser.parse_args(argv).notebooks:
        try:
            execute(path)
        except (BadNotebook, CellExecutionError) as problem:
            print(f"{path}: {problem}", file=sys.stderr)
            return 1
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
