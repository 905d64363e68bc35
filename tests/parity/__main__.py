"""python -m tests.parity --aws [SCENARIO ...]: play scenarios on AWS, and write down what it answers.

What it costs: about a thousand requests, less than a cent. Without --aws nothing is played.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys

import botocore.session

from .aws import Aws, Refused, check, is_playable
from .recording import Recording, write
from .scenarios import all_scenarios


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/parity", description=__doc__)
    parser.add_argument("--aws", action="store_true", help="play them on AWS, with the account of your credentials")
    parser.add_argument("scenarios", nargs="*", help="names, or beginnings of names; all by default")
    asked = parser.parse_args(arguments)
    session = botocore.session.Session()
    try:
        check(asked.aws, os.environ, session)
    except Refused as reason:
        print(f"scripts/parity: {reason}", file=sys.stderr)
        return 2
    aws = Aws.of(session)
    source = f"recorded {dt.datetime.now(dt.UTC):%Y-%m} by scripts/parity --aws"
    try:
        for name, scenario in all_scenarios().items():
            if is_playable(name) and name.startswith(tuple(asked.scenarios) or ""):
                print(name, flush=True)
                write(name, Recording(source, aws.play(scenario)))
    finally:
        aws.clean_up()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
