"""The dialect v3: endpoints, serializers and errors of the Volc-compatible routes."""
