# The bot as an image. Every library comes as a wheel: no compiler and no system package is needed.
#
# Python 3.11 on Debian 12: what the tests run on. From Python 3.12 on, DBOS needs SQLite 3.42, and
# Debian 12's is 3.40; whoever moves to a newer Python moves to a newer Debian too.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    LOG_FORMAT=json

RUN useradd --uid 10001 --user-group --home-dir /data --no-create-home --shell /usr/sbin/nologin jamboree \
    && install --directory --owner jamboree --group jamboree /data

WORKDIR /app
COPY requirements.txt ./
RUN python -m pip install --no-cache-dir --disable-pip-version-check --root-user-action ignore \
    --require-hashes --only-binary :all: --requirement requirements.txt

COPY bot.py ./
COPY cogs ./cogs
COPY services ./services
COPY migrations ./migrations
RUN python -m compileall -q bot.py cogs services migrations

USER jamboree
VOLUME /data

# The bot touches the file every 15 s for as long as every shard is connected.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, pathlib, sys, time; env = os.environ; mine = '-' + env.get('CLUSTER_ID', '0') if int(env.get('CLUSTER_COUNT') or 1) > 1 else ''; file = pathlib.Path(env['DATA_DIR'], 'health' + mine); sys.exit(not file.exists() or time.time() - file.stat().st_mtime > 60)"]

# The exec form: signals reach the bot, which finishes within SHUTDOWN_GRACE what must not be cut short.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "bot.py"]
