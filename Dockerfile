# Runbot for a real workspace over Socket Mode: it calls Slack, so no port is published.
# (Without a Slack token it would serve the playground on loopback inside the container,
# where no browser reaches it: use `make run` for that.)
FROM python:3.13-slim AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

# What Runbot needs, each file checked against its hash, and nothing compiled.
COPY requirements.lock ./
RUN python -m venv /opt/runbot \
    && /opt/runbot/bin/pip install --require-hashes --only-binary=:all: -r requirements.lock

# The build backend, from the other lock file, stays in this stage.
COPY requirements-dev.lock pyproject.toml README.md LICENSE ./
RUN python -m venv /opt/backend \
    && /opt/backend/bin/pip install --require-hashes --only-binary=:all: -r requirements-dev.lock
COPY src ./src
RUN /opt/backend/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /build/wheels . \
    && /opt/runbot/bin/pip install --no-deps --no-index /build/wheels/*.whl \
    && /opt/runbot/bin/pip uninstall --yes pip

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin runbot \
    && install --directory --owner=runbot --mode=700 /data
COPY --from=build /opt/runbot /opt/runbot
ENV PATH=/opt/runbot/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 RUNBOT_DATA_DIR=/data
WORKDIR /data
VOLUME /data
USER runbot
STOPSIGNAL SIGTERM

# No HEALTHCHECK: a process that serves only Slack has no address to ask, and one that
# merely looks whether the process runs would say nothing that the engine doesn't know.
CMD ["runbot", "serve"]
