# The front door. Each target installs the Debian packages it lacks (as root, by apt-get) and says so in one line.
.DEFAULT_GOAL := help
.PHONY: help configure build everything check test soak coverage cross-build arm64 package reproducible demo bench fuzz clean
MAKEFLAGS += --no-print-directory
JOBS ?= $(shell nproc)
REDEPLOYS ?= 50
CHAOS_MINUTES ?= 30
CTEST := ctest --test-dir build --no-tests=error --output-on-failure -j $(JOBS)

help:            ## this list
	@sed -n 's/^\([a-z0-9-]*\): .*##/  make \1\t/p' Makefile | expand -t 16

configure:
	@packaging/install-packages build
	@[ ! -e build ] || [ -w build ] || { echo "make: error: cannot write to build/: it belongs to" \
	  "$$(stat -c %U build); run make as that user, or remove it first" >&2; exit 1; }
	@cmake --preset release >/dev/null

build: configure ## the static programs, build/solinit and build/solinit-hook
	@cmake --build build -j $(JOBS) --target solinit solinit-hook

everything: configure
	@packaging/install-packages test
	@cmake --build build -j $(JOBS)

check: everything ## the unit, process and contract tests; they need no container engine
	@tests/report build $(CTEST) -LE engines

test:            ## check, and the same programs in Docker, podman, runc and crun (as root)
	@packaging/install-packages engines package
	@$(MAKE) everything
	@tests/engines/with-engines tests/report build $(CTEST)

soak:            ## (as root) CHAOS_MINUTES=30 of random faults, REDEPLOYS=50 under load, the process tests for an hour
	@packaging/install-packages servers engines
	@$(MAKE) everything
	@build/tests/chaos_run --seconds $$(($(CHAOS_MINUTES) * 60))
	@tests/engines/with-engines tests/engines/soak build docs/performance.md $(REDEPLOYS)
	@SOLINIT_ATTACK_SECONDS=60 timeout 1h $(CTEST) -L process --repeat until-fail:1000 || [ $$? = 124 ]

coverage:        ## what the unit and process tests run of each room, by gcovr
	@tests/coverage

cross-build:     ## the static programs for arm64, by Debian's cross compiler: build/arm64/solinit, build/arm64/solinit-hook
	@packaging/install-packages build arm64
	@packaging/make-arm64-root "$(CURDIR)/build/arm64/root"
	@cmake --preset arm64 >/dev/null
	@cmake --build build/arm64 -j $(JOBS) --target solinit solinit-hook

arm64: cross-build ## the unit and process tests of those, as far as qemu-user can run them
	@tests/arm64

package:         ## the Debian package, build/solinit_VERSION_ARCHITECTURE.deb
	@packaging/make-package

reproducible:    ## builds the last commit twice, in two directories, and compares the programs and the package
	@packaging/check-reproducible

demo: build      ## a web server that survives what breaks others; ENGINE=runc (default), docker or podman
	@demo/run

bench: build     ## solinit beside tini, dumb-init and catatonit, and at scale; writes the tables of docs/performance.md
	@bench/run

fuzz:            ## the fuzzers, a minute each; SECONDS=n for another time, 0 replays what is known
	@tests/fuzz/run $(SECONDS)

clean:           ## removes build/
	@rm -rf --one-file-system build
