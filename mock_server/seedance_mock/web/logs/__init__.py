"""The access log: its entries, and the formats of its lines."""
