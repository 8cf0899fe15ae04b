FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY contract contract
COPY fixtures fixtures
COPY mock_server mock_server
# With the libraries for a store in Redis and for metrics: a container cannot install an extra later.
RUN pip wheel --no-cache-dir --wheel-dir /wheels '.[metrics,redis]'

FROM python:3.12-slim
RUN useradd --uid 10001 --no-log-init --no-create-home --shell /usr/sbin/nologin seedance
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --no-index /wheels/*.whl
USER 10001
EXPOSE 8000
# Without a proxy: an engine may set one in every container, and it does not lead back inside. The
# port may be tcp://…, set by an engine for a service named seedance-mock, which the server ignores.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
    CMD ["python", "-c", "import os; from urllib.request import ProxyHandler, build_opener; \
        port = os.getenv('SEEDANCE_MOCK_PORT', ''); \
        url = f'http://127.0.0.1:{port if port.isdigit() else 8000}/healthz'; \
        build_opener(ProxyHandler({})).open(url, timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["seedance-mock", "serve", "--host", "0.0.0.0"]
