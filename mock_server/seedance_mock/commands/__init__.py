"""The command line. Each command has a module; `main.py` lists them."""
