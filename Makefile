# What a newcomer types. Everything here also works by hand with CMake: see README.md.
#
#   make demo                           build, then have the demo avatar speak: demo.mp4
#   make demo AVATAR=path/to/package    the same with a package of yours, and the features it brings
#   make live                           have her listen and speak on a page of your browser; AVATAR=... a package of
#                                       yours, LIVE_OPTIONS='--tts "espeak-ng --stdout"' for text
#   make test                           build and run every test
#   make page                           the server's page in Debian's Chromium
#   make sanitize, make thread          unit tests under clang's sanitizers
#   make fuzz                           a minute of each fuzz target; FUZZ_SECONDS=3 is quicker
#   make format, make lint              what CI checks before it builds
#   make build                          build/release/mouthpiece, the tests and benchmarks
#   make install PREFIX=~/.local        the program, its manual page and the library [/usr/local]
#   make python                         `import mouthpiece` for .venv/bin/python
#   make wheel                          dist/mouthpiece-*.whl, with FFmpeg inside: docs/python.md
#   make bench AVATAR=path/to/package   measure against the Python pipelines, into docs/benchmarks
#                                       (20 minutes; with BENCH_OPTIONS=--quick a few)

SHELL := /bin/bash
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# Beast, of `make live`: 1.81 on Debian 12, whose libboost-dev is older; elsewhere the usual one.
BOOST := $(shell . /etc/os-release; [ "$$ID$$VERSION_ID" = debian12 ] && echo libboost1.81-dev || echo libboost-dev)
PACKAGES := build-essential cmake ninja-build ccache pkg-config python3-venv python3-dev ffmpeg \
  libavcodec-dev libavformat-dev libavutil-dev libswresample-dev libswscale-dev \
  libjpeg-dev libkissfft-dev libhwy-dev libcli11-dev libxxhash-dev nlohmann-json3-dev libgtest-dev \
  libbenchmark-dev libonnx-dev libprotobuf-dev libssl-dev openssl $(BOOST) libvulkan-dev glslc
# A GPU in software, and what watches over its use.
TEST_PACKAGES := mesa-vulkan-drivers vulkan-validationlayers
# For who changes the project: formatting, lint, sanitizers.
# clang 16: 14 lacks parenthesised initialisation of aggregates and half-float instructions by function.
DEVELOPER_PACKAGES := clang-format-14 clang-tidy-16 clang-16 libclang-rt-16-dev $(TEST_PACKAGES)
SOURCES = $(shell git ls-files '*.cc' '*.h')
MOUTHPIECE := build/release/mouthpiece
# Clones of the project share what the compiler's cache holds.
export CCACHE_BASEDIR ?= $(CURDIR)
export CCACHE_NOHASHDIR ?= 1

.PHONY: build program install python wheel test page demo live bench sanitize fuzz thread format check-format lint \
  packages developer-packages clean

build: packages .venv/installed
	cmake --preset release
	cmake --build --preset release -j $(JOBS)

# Without tests and benchmarks.
program: packages .venv/installed
	cmake --preset release
	cmake --build --preset release -j $(JOBS) --target mouthpiece_cli mouthpiece_documents

# With sudo where the prefix is not the user's.
PREFIX ?= /usr/local
install: program
	@mkdir -p "$(PREFIX)" 2>/dev/null; [ -w "$(PREFIX)" ] || as_root=$(SUDO); \
	  $$as_root cmake --install build/release --prefix "$(PREFIX)"

python: packages .venv/installed
	.venv/bin/python python/install.py

# In an environment of its own: what it is made with is no business of the tests.
wheel: packages
	python3 -m venv build/wheel
	build/wheel/bin/python python/wheel.py

test: PACKAGES += $(TEST_PACKAGES)
test: build
	ctest --preset release -j $(JOBS)

demo: program
ifdef AVATAR
	$(MOUTHPIECE) render "$(AVATAR)" -o demo.mp4 --overwrite
else
	$(MOUTHPIECE) render assets/demo --audio assets/demo/speech.flac -o demo.mp4 --overwrite
endif
	@echo "the clip is at $(CURDIR)/demo.mp4"

# Opens no browser: the address that it prints is for one.
live: program
	$(MOUTHPIECE) serve $(or $(AVATAR),assets/demo) $(LIVE_OPTIONS)

bench: build
	@if [ -z "$(AVATAR)" ]; then echo "usage: make bench AVATAR=path/to/package" >&2; exit 2; fi
	.venv/bin/python bench/compare.py "$(AVATAR)" --mouthpiece $(MOUTHPIECE) $(BENCH_OPTIONS)

# The server's page in a browser. Its pictures lie in build/page.
page: PACKAGES += chromium
page: build
	.venv/bin/pip install --quiet --disable-pip-version-check playwright
	.venv/bin/python tests/page_test.py --pictures build/page

# Unit tests under AddressSanitizer (with leak detection) and UndefinedBehaviorSanitizer.
sanitize: developer-packages .venv/installed
	cmake --preset sanitize
	cmake --build --preset sanitize -j $(JOBS)
	ctest --preset sanitize -j $(JOBS)

# Each fuzz target with its committed corpus, in the build of `make sanitize`.
fuzz: developer-packages .venv/installed
	cmake --preset sanitize
	cmake --build --preset fuzz -j $(JOBS)
	.venv/bin/python fuzz/run.py --seconds $(FUZZ_SECONDS) --jobs $(JOBS)

# Those of everything that has a queue, under ThreadSanitizer, but for hours of a virtual clock. It knows neither what
# OpenVINO does nor threads of a process that was forked off: those are left out.
thread: developer-packages .venv/installed
	cmake --preset thread
	cmake --build --preset thread -j $(JOBS)
	ctest --preset thread -j $(JOBS)

format: developer-packages
	clang-format-14 -i $(SOURCES)

check-format: developer-packages
	@clang-format-14 --dry-run -Werror $(SOURCES)

# Of the library and the program; what .clang-tidy and ruff.toml list.
lint: developer-packages .venv/installed
	.venv/bin/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	.venv/bin/ruff check .
	cmake --preset release
	cmake --build --preset release --target mouthpiece_generated
	run-clang-tidy-16 -p build/release -quiet -j $(JOBS) \
	  '^$(CURDIR)/(src|apps)/(?!.*_(test|bench)\.cc$$).*\.cc$$' > build/clang-tidy.log 2>&1 || \
	  { grep -A3 -E '(warning|error): ' build/clang-tidy.log || tail -20 build/clang-tidy.log; exit 1; }

# Installs only what is missing: a machine that has everything needs neither root nor a network.
developer-packages: PACKAGES += $(DEVELOPER_PACKAGES)
packages developer-packages:
	@missing=$$(for p in $(PACKAGES); do \
	    dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; \
	  done); \
	if [ -n "$$missing" ]; then \
	  echo "installing" $$missing; \
	  $(SUDO) apt-get update && \
	  $(SUDO) apt-get install -y --no-install-recommends $$missing; \
	fi

.venv/installed: requirements.txt | packages
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

clean:
	rm -rf build dist
