# Two targets: `backend`, the program `gym` alone, and `edge`, the worker on workerd, for a look at it.
# docker build --target backend --build-arg GYM_BUILD=$(git describe --always --dirty) .
FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /src
COPY . .
# The id of the build, in `gym --version`, `/healthz`, the log and every etag.
ARG GYM_BUILD=container
RUN GYM_BUILD="$GYM_BUILD" cargo build --locked --release -p backend --no-default-features && cp target/release/gym /gym

FROM rust:1.95.0-bookworm AS edge
COPY --from=node:22-bookworm-slim /usr/local/ /usr/local/
WORKDIR /src
COPY . .
RUN scripts/setup && scripts/build-wasm && scripts/build-desk && scripts/build-edge
EXPOSE 8787
# The keys are read when the worker starts: wait until the backend has written them.
CMD ["sh", "-c", "until [ -s /var/lib/gym/jwt.key.jwks.json ]; do sleep 1; done; \
    exec tests/node_modules/.bin/wrangler dev --local --ip 0.0.0.0 --port 8787 \
    --var ORIGIN:$ORIGIN --var EDGE_SECRET:$EDGE_SECRET --var \"JWT_JWKS:$(cat /var/lib/gym/jwt.key.jwks.json)\""]

FROM debian:12-slim AS backend
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/gym --create-home gym
COPY --from=build /gym /usr/local/bin/gym
USER gym
WORKDIR /var/lib/gym
# The signing key, unless GYM_JWT_KEY names another file.
VOLUME /var/lib/gym
ENV GYM_VAR=/var/lib/gym GYM_LOG=json
EXPOSE 8080
ENTRYPOINT ["gym"]
CMD ["serve"]
