"""The contract of the TokenLab Seedance video API, and the kit that checks it.

`declared` holds the facts as data, `derived` what follows from them. Nothing here knows a
server: the mock imports this package, never the reverse.
"""
