# SPDX-License-Identifier: AGPL-3.0-or-later
.PHONY: demo test bench lint format docs build install uninstall clean

demo: ; @scripts/demo
test: ; @scripts/test
bench: ; @scripts/bench
lint: ; @scripts/lint
format: ; @scripts/format
docs: ; @scripts/docs
build: ; @scripts/build
install: ; @scripts/install
uninstall: ; @scripts/install --remove
clean: ; @scripts/clean
