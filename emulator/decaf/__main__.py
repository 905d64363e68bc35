"""The same as the command `decaf`: `python -m decaf`."""

from decaf.cli import main

if __name__ == "__main__":
    main()
