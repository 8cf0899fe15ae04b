"""`python -m seedance_mock` is the same as `seedance-mock`."""

from seedance_mock.commands.main import main

main(prog_name="seedance-mock")
