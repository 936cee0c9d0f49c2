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

# Whether a restart would mend something: asked of the bot at METRICS_ADDRESS; without it, the age of a file.
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-m", "services.monitoring.container_check"]

# The exec form: signals reach the bot, which finishes within SHUTDOWN_GRACE what must not be cut short.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "bot.py"]
