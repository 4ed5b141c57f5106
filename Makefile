# SPDX-License-Identifier: AGPL-3.0-or-later
.PHONY: demo test bench lint format build install clean

demo: ; @scripts/demo
test: ; @scripts/test
bench: ; @scripts/bench
lint: ; @scripts/lint
format: ; @scripts/format
build: ; @scripts/build
install: ; @scripts/install
clean: ; @scripts/clean
