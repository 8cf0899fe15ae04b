"""Metrics of a running server for Prometheus: what is counted, and the endpoint that shows it.

Only `exposition` imports prometheus_client, which is an extra.
"""

METRICS_PATH = "/metrics"
"""The path of the endpoint, where Prometheus looks by default."""
