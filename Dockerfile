# The last stage holds the static programs alone, to be copied into any image:
#   COPY --from=solinit /solinit /sbin/solinit
#   ENTRYPOINT ["/sbin/solinit", "--"]
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY packaging packaging
RUN packaging/install-packages build
COPY . .
RUN make build

# docker build --target test .  builds and runs the unit, process and contract tests.
FROM build AS test
RUN packaging/install-packages test
RUN make check

FROM scratch
LABEL org.opencontainers.image.title="solinit" \
      org.opencontainers.image.description="Exactly one web process per container" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /src/build/solinit /solinit
ENTRYPOINT ["/solinit"]
