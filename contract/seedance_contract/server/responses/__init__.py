"""What a response must be, whatever was requested and for each operation."""
