# The first stage builds the wheel and installs it into /opt/decaf; the second has only that, and no root.
FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY protocol protocol
COPY emulator emulator
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
 && python -m venv --without-pip /opt/decaf \
 && python -m pip --python /opt/decaf/bin/python install --no-cache-dir \
      --constraint constraints.txt --find-links /wheels "decaf-aws[fast]"

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Decaf" \
      org.opencontainers.image.description="Amazon SQS and SNS on localhost" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/decaf /opt/decaf
# The name by which other containers call this one. The control API is closed to them without a token: docs/docker.md.
ENV PATH=/opt/decaf/bin:$PATH \
    DECAF_ALLOWED_HOST=decaf
WORKDIR /decaf
USER 10001:10001
EXPOSE 4566
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
  CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"DECAF_PORT\", 4566)}/_decaf/health', timeout=2)"]
CMD ["decaf", "serve", "--host", "0.0.0.0"]
