# Runbot for a real workspace. Over Socket Mode it calls Slack, and no port is published. In HTTP
# mode (SLACK_SIGNING_SECRET) it listens: run it with --env RUNBOT_HOST=0.0.0.0 and --publish
# 127.0.0.1:3000:3000, behind a proxy that does TLS.
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
COPY manifests ./manifests
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

# HTTP mode's port. RUNBOT_HOST stays on loopback unless one says otherwise: with no token this
# image serves the playground, where whoever reaches it may act as anybody.
EXPOSE 3000

# No HEALTHCHECK here: in Socket Mode there is no address to ask, and a check that only looks
# whether the process runs would say nothing that the engine doesn't know. In HTTP mode have the
# orchestrator ask /healthz and /readyz, or run it with
#   --health-cmd "python -c 'import urllib.request as r; r.urlopen(\"http://127.0.0.1:3000/healthz\")'"
CMD ["runbot", "serve"]
