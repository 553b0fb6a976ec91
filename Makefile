# Every target works on a clean checkout with Go and a C compiler.

GO     ?= go
LINT   := $(GO) tool -modfile=$(CURDIR)/tools.mod golangci-lint

# NESTED is a module of its own, for tests with a library that users of Pollux
# are not to get.
NESTED := internal/wstest
FUZZTIME ?= 20s

# GOOS/GOARCH pairs that must at least vet.
PLATFORMS := linux/amd64 linux/arm64 linux/386 darwin/arm64 freebsd/amd64 \
	netbsd/amd64 openbsd/amd64 dragonfly/amd64

.PHONY: all build test race fmt lint vet-cross tidy-check fuzz libpollux conformance conformance-race mutants bench clean

all: build lint test

build:
	$(GO) build ./...

test:
	$(GO) test -shuffle=on ./...
	cd $(NESTED) && $(GO) test -shuffle=on ./...

race:
	$(GO) test -race -shuffle=on ./...
	cd $(NESTED) && $(GO) test -race -shuffle=on ./...

fmt:
	$(LINT) fmt ./...

lint:
	$(LINT) run ./...
	$(LINT) run --build-tags libpollux ./cmd/libpollux
	cd $(NESTED) && $(LINT) run ./...

vet-cross:
	@set -e; for p in $(PLATFORMS); do \
		echo "vet $$p"; \
		GOOS=$${p%/*} GOARCH=$${p#*/} CGO_ENABLED=0 $(GO) vet ./...; \
	done

# tools.mod cannot be checked so: to it, the packages here are another module's.
tidy-check:
	$(GO) mod tidy -diff
	cd $(NESTED) && $(GO) mod tidy -diff

# fuzz runs every fuzz test for FUZZTIME.
fuzz:
	@set -e; for pkg in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$f"; \
			$(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

# libpollux is the C library that CPython is run on.
libpollux:
	$(GO) build -tags libpollux -buildmode=c-shared -o build/libpollux.so ./cmd/libpollux

# conformance runs the harness's tests, and then CPython's own tests and the
# probes, next to stock CPython:
# make conformance SUITES=test_socket ARGS=BasicTCPTest for some of them.
conformance: libpollux
	cd internal/pyconform && POLLUX_LIB=$(CURDIR)/build/libpollux.so python3 -m unittest discover -t . -s tests
	cd internal/pyconform && SUITES="$(SUITES)" ARGS="$(ARGS)" POLLUX_LIB=$(CURDIR)/build/libpollux.so python3 run.py

# conformance-race does the same under Go's race detector, which has no shadow
# memory for where Linux loads libraries, unless asked for the old layout.
RACED := $(CURDIR)/build/race
conformance-race:
	$(GO) build -race -tags libpollux -buildmode=c-shared -o $(RACED)/libpollux.so ./cmd/libpollux
	rm -f $(RACED)/report.*
	cd internal/pyconform && SUITES="$(SUITES)" ARGS="$(ARGS)" POLLUX_LIB=$(RACED)/libpollux.so \
		GORACE="log_path=$(RACED)/report" setarch -L python3 run.py --out $(RACED)
	! cat $(RACED)/report.* 2>/dev/null

# mutants plants small bugs, one at a time, and runs the Go tests that are to
# notice: make mutants ARGS="-conformance -run poll" for some of them, with
# CPython's tests and the probes on top.
mutants:
	$(GO) run ./internal/mutate $(ARGS)

# bench compares the echo servers; see bench/README.md for its flags.
bench:
	$(GO) run ./bench/pingpong

clean:
	rm -rf build bin
