# Build: the locked dependencies, then our wheel, into one virtual environment; compiled
# now, as whoever runs it may not write there.
FROM python:3.11.7-slim-bookworm AS build
WORKDIR /src
COPY requirements-setup.lock requirements.lock ./
RUN python -m venv /opt/tools \
 && /opt/tools/bin/python -m pip install --no-cache-dir --require-hashes -r requirements-setup.lock \
 && python -m venv /opt/cd3 \
 && /opt/tools/bin/uv pip install --no-cache --compile-bytecode --python /opt/cd3/bin/python --require-hashes -r requirements.lock
COPY . .
RUN /opt/tools/bin/python -m hatchling build -t wheel -d /tmp/wheel \
 && /opt/tools/bin/uv pip install --no-cache --compile-bytecode --python /opt/cd3/bin/python --no-deps /tmp/wheel/cd3-*.whl

# Run: the environment and nothing else; the books are in /data.
FROM python:3.11.7-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin cd3 && install -d -o cd3 -g cd3 /data
COPY --from=build /opt/cd3 /opt/cd3
ENV PATH=/opt/cd3/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    CD3_DATABASE_URL=sqlite:////data/cd3.db CD3_HOST=0.0.0.0
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8400
STOPSIGNAL SIGTERM
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8400/livez', timeout=3)"]
ENTRYPOINT ["cd3"]
CMD ["serve"]
