# A thin face over the CMake presets: `make` builds into build/, everything else has a preset of its own.
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local

.PHONY: all release tests debug asan tsan test install format tidy clean

all: release

release tests debug asan tsan:
	cmake --preset $@
	cmake --build --preset $@ -j $(JOBS)

test: tests
	ctest --test-dir build --output-on-failure -j $(JOBS)

install: release
	cmake --install build --prefix $(PREFIX)

format:
	git ls-files '*.h' '*.cpp' '*.inl' | xargs clang-format -i

tidy:
	scripts/tidy.sh

clean:
	rm -rf build build-debug build-asan build-tsan
