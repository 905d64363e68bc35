"""`python -m emulator` is `decaf`."""

from decaf.cli import main

if __name__ == "__main__":
    main()
