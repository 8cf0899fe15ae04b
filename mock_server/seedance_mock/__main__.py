"""`python -m seedance_mock` is the same as `seedance-mock`."""

from seedance_mock.commands.main import main

# The processes of `--workers` import this module too.
if __name__ == "__main__":
    main(prog_name="seedance-mock")
