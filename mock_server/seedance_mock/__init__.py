"""A mock server of the TokenLab Seedance 2.0 video API that keeps the documented contract."""
