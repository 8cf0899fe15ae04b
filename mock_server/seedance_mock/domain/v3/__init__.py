"""The parts of the domain that only the dialect v3 has."""
