# One image for all services: `docker compose` says which one a container runs.
FROM python:3.13-slim AS build
WORKDIR /build
COPY constraints.txt ./
RUN python -m venv /spindle && /spindle/bin/pip install --no-cache-dir --require-hashes -r constraints.txt
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN /spindle/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 spindle
COPY --from=build /spindle /spindle
USER spindle
ENTRYPOINT ["/spindle/bin/spindle"]
