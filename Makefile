# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

.PHONY: help test test-quick test-all test-kernels test-safe test-signalling test-galera test-mutations test-awx fleet fleet-down demo bench clean

help:
	@echo 'make test             run every test but the long scenarios, as CI does'
	@echo 'make test-quick       run unit tests, lint and a few integration tests: under a minute'
	@echo 'make test-all         run every test, with the long ones that follow'
	@echo 'make test-mutations   answer 100,000 spoilt documents, in time and with little memory: half an hour'
	@echo 'make test-kernels     try every kind of link on guests with other kernels; writes the table in docs/testing.md'
	@echo "make test-safe        cut Ansible's own connection, reboot and cut the power of real hosts: some minutes"
	@echo 'make test-signalling  two separate networks on one host, with services and the crossings: some minutes'
	@echo 'make test-awx         set up AWX with its own modules, on a stand-in for its API: a few minutes'
	@echo 'make test-galera      a MariaDB cluster in namespaces of one host: grown, cut apart, killed, rebooted, removed: some minutes'
	@echo 'make fleet            start three hosts with systemd and SSH to play with; make fleet-down removes them'
	@echo 'make demo             show a pretend fleet; HOST=1 uses this machine itself'
	@echo 'make bench            time plans and applies beside other tools, and check the goals: half an hour'
	@echo 'make clean            remove the cache directory with all environments and logs'

test:
	@tools/test

test-quick:
	@tools/test --quick

test-all:
	@tools/test --all

# Write the table even after a failure: it says what failed.
test-kernels:
	@tools/test kernels; status=$$?; tools/kernel_table.py --write docs/testing.md || exit; exit $$status

test-safe:
	@tools/test safe setups

test-signalling:
	@tools/test signalling

test-galera:
	@tools/test galera

test-mutations:
	@tools/test mutations

test-awx:
	@tools/test awx

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
