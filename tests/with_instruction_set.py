#!/usr/bin/env python3
"""Runs a test as on a machine that has no more than an instruction set: with_instruction_set.py SET PROBE COMMAND...
PROBE prints those of this machine. Exit code 77 says that SET is not among them."""

import os
import subprocess
import sys

SKIPPED = 77


def main():
    wanted, probe, *command = sys.argv[1:]
    sets = subprocess.run([probe], check=True, capture_output=True, text=True).stdout.split()
    if wanted not in sets:
        print(f"skipped: this CPU has {', '.join(sets) or 'none'} and no {wanted}")
        sys.exit(SKIPPED)
    os.execvpe(command[0], command, os.environ | {"MOUTHPIECE_INSTRUCTION_SET": wanted})


if __name__ == "__main__":
    main()
