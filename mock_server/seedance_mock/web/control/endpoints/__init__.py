"""The endpoints of the control API, a module for each kind of resource."""
