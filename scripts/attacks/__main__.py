"""`python -m scripts.attacks`: tries each attack, and prints a line for each: whether the server held or FELL, and how.

The exit status is 1 when one fell. It takes about ten minutes, with --short one.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from decaf.base.clock import seconds
from scripts.attacks.all import ATTACKS
from scripts.attacks.attack import Attack, Fell, NotTried, Scale

_LIMIT, _SHORT_LIMIT = 1200, 180  # seconds for one attack; whatever takes longer hangs
_SHORT_SEED = 1


class Hangs(Exception):
    """An attack did not end."""


def main() -> int:
    """Try the attacks of the command line, and return the exit status."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # servers end with it, as with Ctrl-C
    attacks = [attack for attack in ATTACKS if arguments.only in attack.name]
    if not attacks:
        print(f"no attack has {arguments.only!r} in its name", file=sys.stderr)
        return 2
    seed = arguments.seed if arguments.seed is not None else _SHORT_SEED if arguments.short else random.randrange(10**6)
    print(f"seed {seed}", flush=True)
    held = [try_one(attack, not arguments.short, seed) for attack in attacks]
    print(f"{held.count(False)} of {len(attacks)} attacks FELL")
    return 1 if False in held else 0


def try_one(attack: Attack, long: bool, seed: int) -> bool:
    """Try an attack and print its line. Returns whether the server held."""
    signal.signal(signal.SIGALRM, _hang)
    signal.alarm(_LIMIT if long else _SHORT_LIMIT)
    word, evidence, began = "FELL", "", seconds()
    try:
        with tempfile.TemporaryDirectory(prefix="decaf-attack-") as directory:
            word, evidence = "held", attack.run(Scale(long, seed, Path(directory)))
    except NotTried as reason:
        word, evidence = "not tried", str(reason)
    except Fell as fell:
        word, evidence = "FELL", str(fell)
    except Exception as error:  # of any kind: what an attack did not expect is no proof that the server held
        word, evidence = "FELL", f"{type(error).__name__}: {error}"
        traceback.print_exc()
    finally:
        signal.alarm(0)
    print(f"{word:9}  {attack.name}: {attack.tried}: {evidence} ({seconds() - began:.0f} s)", flush=True)
    return word != "FELL"


def _hang(*_: Any) -> None:
    raise Hangs("the attack did not end in time")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/attack", description=__doc__)
    parser.add_argument("--short", action="store_true", help="about a minute, the same each time")
    parser.add_argument("--seed", type=int, help="what chance starts from, as an earlier run printed it")
    parser.add_argument("--only", default="", metavar="TEXT", help="only attacks whose name has this text")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
