"""The dialect v3 as data: the Volc-compatible routes, their fields, rules and errors."""
