"""`python -m emulator` is `decaf`."""

from emulator.cli import main

if __name__ == "__main__":
    main()
