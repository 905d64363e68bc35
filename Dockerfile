# Two images: `plain`, which is the default, and `compat` for those who come from LocalStack's container: docs/docker.md.
#
#     docker build -t decaf .
#     docker build -t decaf:compat --target compat .

FROM python:3.11-slim-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev
WORKDIR /src
COPY pyproject.toml hatch_build.py constraints.txt README.md LICENSE ./
COPY protocol protocol
COPY emulator emulator
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels . \
 && python -m venv --without-pip /opt/decaf \
 && python -m pip --python /opt/decaf/bin/python install --no-cache-dir \
      --constraint constraints.txt --find-links /wheels "decaf-aws[fast,cluster]"

# botocore's models of services that Decaf does not have are a third of all that is installed. That of S3 stays: clients
# of S3 that come here read its refusal in their own form.
FROM build AS pruned
RUN find /opt/decaf/lib/python3.11/site-packages/botocore/data -mindepth 1 -maxdepth 1 -type d \
      ! -name sqs ! -name sns ! -name sts ! -name lambda ! -name s3 -exec rm -r {} +

# The AWS CLI has a botocore of its own, and starts only with all models there. Its examples are the texts of `aws help`.
FROM pruned AS aws-cli
RUN python -m pip --python /opt/decaf/bin/python install --no-cache-dir --constraint constraints.txt awscli \
 && cd /opt/decaf/lib/python3.11/site-packages/awscli \
 && rm -r examples \
 && find botocore/data -mindepth 2 -name examples-1.json -delete \
 && find botocore/data -mindepth 2 -name '*.json' -exec gzip -9 {} +

FROM python:3.11-slim-bookworm AS base
LABEL org.opencontainers.image.title="Decaf" \
      org.opencontainers.image.description="Amazon SQS and SNS on localhost" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --user-group --home-dir /decaf --create-home decaf \
 && install -d -o decaf -g decaf -m 0700 /data
# The name by which other containers call this one. The control API is closed to them without a token: docs/docker.md.
ENV PATH=/opt/decaf/bin:$PATH \
    DECAF_HOST=0.0.0.0 \
    DECAF_ALLOWED_HOST=decaf
WORKDIR /decaf
USER 10001:10001
VOLUME /data
EXPOSE 4566
HEALTHCHECK --interval=5s --timeout=5s --start-period=10s CMD ["decaf", "health"]
ENTRYPOINT ["decaf"]
CMD ["serve"]

FROM base AS compat
USER root
RUN apt-get update \
 && apt-get install -y --no-install-recommends bash curl jq \
 && rm -rf /var/lib/apt/lists/* \
 && install -d /etc/localstack/init/boot.d /etc/localstack/init/start.d /etc/localstack/init/ready.d \
      /etc/localstack/init/shutdown.d \
 && install -d -o decaf -g decaf -m 0700 /var/lib/localstack
COPY --chmod=0755 container/awslocal /usr/local/bin/awslocal
COPY --from=aws-cli /opt/decaf /opt/decaf
ENV DECAF_INIT_HOOKS=/etc/localstack/init \
    DECAF_LOCALSTACK_VARIABLES=1 \
    DECAF_ALLOWED_HOST=decaf,localstack,localhost.localstack.cloud,.localhost.localstack.cloud
USER 10001:10001
VOLUME /var/lib/localstack
# Healthy when the scripts in ready.d have run.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s \
  CMD decaf health && curl -fsS "http://127.0.0.1:${DECAF_PORT:-4566}/_localstack/init/ready" | grep -q '"completed": true'

FROM base AS plain
COPY --from=pruned /opt/decaf /opt/decaf
