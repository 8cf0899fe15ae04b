"""The material library: assets, groups, and their use in create requests."""
