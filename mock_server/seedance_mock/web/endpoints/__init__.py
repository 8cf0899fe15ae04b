"""The endpoints of the emulated API."""
