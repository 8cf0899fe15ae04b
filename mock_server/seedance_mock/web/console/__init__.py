"""The console: a page at `/_mock/` that shows what happens on the server.

Its parts are in `static/` and have no secrets. All that the page shows comes from the control API.
"""
