"""Takes OSCAL documents into a workspace of compliance-trestle and validates them all: exit code 0 only if it takes every one.

Usage: accepted.py WORKSPACE FOLDER
"""

import pathlib
import sys

from trestle.cli import Trestle

KINDS = ["catalog", "component-definition", "assessment-results", "plan-of-action-and-milestones"]


def trestle(*words: str) -> None:
    # In this process: to begin another takes longer than the work.
    sys.argv = ["trestle", *words]
    ended = Trestle().run()
    if ended != 0:
        sys.exit(f"trestle {' '.join(words)} ended with {ended}")


workspace, folder = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
workspace.mkdir()
root = ("--trestle-root", str(workspace))
trestle("init", "--local", *root)
for kind in KINDS:
    trestle("import", *root, "--file", str(folder / f"{kind}.json"), "--output", "of-the-period")
trestle("validate", *root, "--all")
print("accepted", len(KINDS))
