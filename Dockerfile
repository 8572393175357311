# The last stage holds the static program alone, to be copied into any image:
#   COPY --from=solinit /solinit /sbin/solinit
#   ENTRYPOINT ["/sbin/solinit", "--"]
FROM debian:bookworm-slim AS packages
WORKDIR /src
COPY packaging packaging
RUN packaging/install-packages build

# docker build --target arm64 -t solinit:arm64 .  makes the same for arm64, on any machine: by Debian's cross compiler, nothing
# is emulated. (BuildKit says so in the image; Docker's classic builder names its own machine there.)
FROM packages AS cross-build
RUN packaging/install-packages arm64
COPY . .
RUN make cross-build

FROM --platform=linux/arm64 scratch AS arm64
LABEL org.opencontainers.image.title="solinit" \
      org.opencontainers.image.description="Exactly one web process per container" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=cross-build /src/build/arm64/solinit /solinit
ENTRYPOINT ["/solinit"]

FROM packages AS build
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
