# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

.PHONY: help test test-quick test-kernels test-safe test-signalling fleet fleet-down demo bench clean

help:
	@echo 'make test        everything, as CI does'
	@echo 'make test-quick  unit tests, lint and a few integration tests: under a minute'
	@echo 'make test-kernels  every kind of link on kernels of several series, as guests; the table goes to docs/testing.md'
	@echo 'make test-safe   changes that cut the own connection, reboots and power cuts, on real hosts: some minutes'
	@echo 'make test-signalling  a management and a signalling network on one host, with services and the ways across: some minutes'
	@echo 'make fleet       three hosts with systemd and SSH to play with; make fleet-down ends them'
	@echo 'make demo        a pretend fleet to look at; HOST=1 uses this machine itself'
	@echo 'make bench       how long plans and applies take, beside other tools, and which goals are reached: half an hour'
	@echo 'make clean       remove the cache folder with all environments and logs'

test:
	@tools/test

test-quick:
	@tools/test --quick

# The table is written also where something failed: it says why.
test-kernels:
	@tools/test kernels; status=$$?; tools/kernel_table.py --write docs/testing.md || exit; exit $$status

test-safe:
	@tools/test safe

test-signalling:
	@tools/test signalling

fleet:
	@tools/fleet up

fleet-down:
	@tools/fleet down

demo:
	@tools/demo $(if $(HOST),--host)

bench:
	@benchmarks/firewall
	@benchmarks/goals

clean:
	@tools/setup --clean
