"""What tests in Python use."""
