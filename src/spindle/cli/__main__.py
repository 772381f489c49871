"""`python -m spindle.cli`: the same as `spindle`."""

from spindle.cli import main

if __name__ == "__main__":
    main()
