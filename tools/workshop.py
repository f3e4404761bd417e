# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripts in this folder share: places, interpreters, environments.

Everything that is made lives in one cache folder outside the checkout, so a clone stays
as clean as it was. Only the standard library of Python 3.9 is used.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import glob
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import typing as t

NAMESPACE, NAME = "multinet", "linux"
OLDEST_PYTHON = (3, 9)
CLONE = pathlib.Path(__file__).resolve().parent.parent
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Trouble(Exception):
    """Something a person has to put right; shown without a traceback."""


# --- places ---------------------------------------------------------------------------------


@functools.cache
def cache() -> pathlib.Path:
    given = os.environ.get("MULTINET_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = pathlib.Path(given).absolute() if given else pathlib.Path(base, "multinet-linux")
    resolved = folder.resolve()
    if resolved == CLONE or CLONE in resolved.parents:
        raise Trouble(f"MULTINET_CACHE is {folder}, which is inside the checkout; choose a folder outside")
    folder.mkdir(parents=True, exist_ok=True)
    tag = folder / "CACHEDIR.TAG"
    if not tag.exists():
        tag.write_text(
            "Signature: 8a477f597d28d172789f06886806bc55\n# Made by tools/setup of multinet.linux\n"
        )
    return folder


def clone_key() -> str:
    """A short name for this checkout, so that several can share one cache."""
    return hashlib.sha256(str(CLONE).encode()).hexdigest()[:10]


def tree() -> pathlib.Path:
    """A collections path whose multinet.linux is a link to this checkout."""
    top = cache() / "trees" / clone_key()
    link = top / "ansible_collections" / NAMESPACE / NAME
    link.parent.mkdir(parents=True, exist_ok=True)
    if not (link.is_symlink() and os.readlink(link) == str(CLONE)):
        fresh = link.with_name(f"{NAME}.{os.getpid()}")
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        fresh.symlink_to(CLONE)
        fresh.replace(link)
    return top


@contextlib.contextmanager
def locked(name: str, wait: bool = True) -> t.Iterator[bool]:
    """Hold the lock NAME; yields False when it is taken and we may not wait."""
    folder = cache() / "locks"
    folder.mkdir(exist_ok=True)
    with open(folder / name, "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


# --- interpreters ---------------------------------------------------------------------------

_PROBE = """
import json, sys
import ensurepip, venv
v = sys.version_info
json.dump({"version": list(v[:3]), "final": v[3] == "final", "own": sys.prefix == sys.base_prefix,
           "executable": sys.executable}, sys.stdout)
"""


class Interpreter(t.NamedTuple):
    version: tuple[int, ...]
    executable: str

    @property
    def minor(self) -> tuple[int, ...]:
        return self.version[:2]


@functools.cache
def interpreters() -> tuple[Interpreter, ...]:
    """The CPythons of this machine that run and can make virtual environments, one per minor version, oldest first."""
    folders = os.environ.get("PATH", "").split(os.pathsep) + SYSTEM_PATH.split(os.pathsep)
    pyenv = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    folders += glob.glob(os.path.join(pyenv, "versions", "*", "bin"))
    folders += glob.glob("/opt/python*/bin")
    found: dict[tuple[int, ...], Interpreter] = {}
    seen: set[str] = set()
    for folder in folders:
        for candidate in glob.glob(os.path.join(folder or os.curdir, "python3.*")):
            named = re.fullmatch(r"python3\.(\d+)", os.path.basename(candidate))
            real = os.path.realpath(candidate)
            if not named or (3, int(named[1])) < OLDEST_PYTHON or real in seen:
                continue
            seen.add(real)
            # A shim of a version manager has the right name but may answer only with an error: ask.
            try:
                asked = subprocess.run(
                    [candidate, "-I", "-c", _PROBE], capture_output=True, text=True, timeout=30, check=True
                )
                answer = json.loads(asked.stdout)
            except (OSError, subprocess.SubprocessError, ValueError):
                continue
            one = Interpreter(tuple(answer["version"]), answer["executable"])
            if not (answer["final"] and answer["own"]) or os.path.realpath(one.executable) != real:
                continue
            if one.minor not in found or one.version > found[one.minor].version:
                found[one.minor] = one
    return tuple(found[minor] for minor in sorted(found))


def interpreter(wanted: str) -> Interpreter:
    """WANTED is `oldest`, `newest` or minor versions in order of preference, such as `3.11 3.12`."""
    there = interpreters()
    if not there:
        raise Trouble("no Python >= 3.9 with the venv module was found; install python3-venv")
    if wanted == "oldest":
        return there[0]
    if wanted == "newest":
        return there[-1]
    for text in wanted.split():
        for one in there:
            if one.minor == tuple(int(part) for part in text.split(".")):
                return one
    have = ", ".join(".".join(map(str, one.minor)) for one in there)
    raise Trouble(f"none of Python {wanted} was found (there is {have}); install one of them")


# --- environments ---------------------------------------------------------------------------

_UNIT = ("pytest", "-r tests/unit/requirements.txt")


class Environment(t.NamedTuple):
    python: str
    requirements: tuple[str, ...]


ENVIRONMENTS: dict[str, Environment] = {
    "tools": Environment(
        "newest",
        (
            "ansible-core",
            "ansible-lint",
            "ansible-runner",
            "antsibull-changelog",
            "antsibull-docs",
            "molecule",
            "pytest",
            "pytest-xdist",
            "ruff",
            "yamllint",
            "-r tests/unit/requirements.txt",
            "-r tests/integration/requirements.txt",
        ),
    ),
    # The oldest release that meta/runtime.yml promises, and the newest there is.
    "core-old": Environment(
        "3.11 3.12 3.10", ("ansible-core>=2.16,<2.17", "-r tests/integration/requirements.txt")
    ),
    "core-new": Environment("newest", ("ansible-core", "-r tests/integration/requirements.txt")),
    "bench": Environment("newest", ("ansible-core", "pygal", "-r tests/integration/requirements.txt")),
    # The nearest other tool that takes a document, to measure beside.
    "bench-ifstate": Environment("newest", ("ifstate",)),
    # The ends of what runs on managed hosts.
    "unit-oldest": Environment("oldest", _UNIT),
    "unit-newest": Environment("newest", _UNIT),
    # The library's generations: 0.7.2 is Debian 12's.
    "pyroute2-0.7.2": Environment("3.11 3.12 3.10", (*_UNIT, "pyroute2==0.7.2")),
    "pyroute2-0.7.7": Environment("3.11 3.12 3.10", (*_UNIT, "pyroute2==0.7.7")),
    "pyroute2-0.8.1": Environment("3.11 3.12 3.10", (*_UNIT, "pyroute2==0.8.1")),
    "pyroute2-newest": Environment("3.11 3.12 3.10", (*_UNIT, "pyroute2")),
}


def environment_folder(name: str) -> pathlib.Path:
    """Where the environment NAME is or will be; another path as soon as its requirements differ."""
    spec = ENVIRONMENTS[name]
    python = interpreter(spec.python)
    digest = hashlib.sha256(f"{python.executable} {python.version}".encode())
    for line in spec.requirements:
        text = (CLONE / line.split()[1]).read_text() if line.startswith("-r ") else line
        digest.update(b"\0" + text.encode())
    return cache() / "envs" / f"{name}-{digest.hexdigest()[:10]}"


def environment_ready(name: str) -> bool:
    return (environment_folder(name) / "ready").exists()


def make_environment(name: str, report: t.Callable[[str], None] = print) -> pathlib.Path:
    folder = environment_folder(name)
    ready = folder / "ready"
    with locked(f"env-{name}"):
        if ready.exists():
            return folder
        spec = ENVIRONMENTS[name]
        python = interpreter(spec.python)
        report(f"setup: {name} on Python {'.'.join(map(str, python.version))}")
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        log = cache() / "logs" / f"setup-{name}.log"
        log.parent.mkdir(exist_ok=True)
        wanted = [part for line in spec.requirements for part in line.split(maxsplit=1)]
        commands = (
            [python.executable, "-m", "venv", str(folder)],
            [
                str(folder / "bin/python"),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                *wanted,
            ],
        )
        with open(log, "w") as output:
            for command in commands:
                done = subprocess.run(
                    command, cwd=CLONE, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
                )
                if done.returncode:
                    output.flush()
                    end = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                    raise Trouble(f"environment {name} could not be made (log: {log})\n{end}")
        ready.touch()
        # An older generation of the same environment is of no more use to this checkout.
        for old in folder.parent.glob(f"{name}-*"):
            if re.fullmatch(re.escape(name) + r"-[0-9a-f]{10}", old.name) and old != folder:
                shutil.rmtree(old, ignore_errors=True)
        return folder


def variables(name: str) -> dict[str, str]:
    """The process environment for a command that runs in the environment NAME."""
    folder = environment_folder(name)
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("ANSIBLE_", "MOLECULE_", "PYTHON", "PYTEST_", "VIRTUAL_ENV"))
    }
    real = [os.path.dirname(one.executable) for one in interpreters()]
    path = [str(folder / "bin"), *SYSTEM_PATH.split(os.pathsep)]
    path[1:1] = [one for one in dict.fromkeys(real) if one not in path]
    own = cache() / "home"
    return {
        **kept,
        "PATH": os.pathsep.join(path),
        "VIRTUAL_ENV": str(folder),
        "LC_ALL": "C.UTF-8",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(tree()),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(cache() / "hypothesis" / clone_key()),
        "RUFF_CACHE_DIR": str(cache() / "ruff"),
        "ANSIBLE_COLLECTIONS_PATH": str(tree()),
        "ANSIBLE_HOME": str(own / "ansible"),
        "ANSIBLE_LOCAL_TEMP": str(own / "ansible" / "tmp"),
        "ANSIBLE_REMOTE_TMP": str(own / "ansible" / "tmp"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_FORCE_COLOR": "0",
        "NO_COLOR": "1",
        "MOLECULE_EPHEMERAL_DIRECTORY": str(cache() / "molecule" / clone_key()),
        "MOLECULE_GLOB": "molecule/*/molecule.yml",
        "MULTINET_CACHE": str(cache()),
        "MULTINET_HOSTS": str(cache() / "hosts" / clone_key()),
        "MULTINET_RESULTS": str(cache() / "results" / clone_key()),
        "MULTINET_SERVERS": str(servers()),
        "MULTINET_TREE": str(tree()),
    }


# --- what the system must have --------------------------------------------------------------

# command → Debian package
PROGRAMS = {
    "git": "git",
    "ip": "iproute2",
    "iptables": "iptables",
    "make": "make",
    "mmdebstrap": "mmdebstrap",
    "nft": "nftables",
    "nsenter": "util-linux",
    "ping": "iputils-ping",
    "shellcheck": "shellcheck",
    "ssh": "openssh-client",
    "strace": "strace",
    "systemd-nspawn": "systemd-container",
    "tcpdump": "tcpdump",
    "unshare": "util-linux",
}


def missing_packages(programs: t.Mapping[str, str] = PROGRAMS) -> list[str]:
    wanted = {package for program, package in programs.items() if not shutil.which(program, path=SYSTEM_PATH)}
    if subprocess.run(
        ["/usr/bin/python3", "-c", "import ensurepip, venv"], capture_output=True, check=False
    ).returncode:
        wanted.add("python3-venv")
    if "mmdebstrap" in programs and not os.path.exists("/usr/share/keyrings/debian-archive-keyring.gpg"):
        wanted.add("debian-archive-keyring")
    return sorted(wanted)


# Servers that tests talk to. They are unpacked, not installed: installed, they would run on this machine.
SERVERS = ("busybox", "dnsmasq-base", "haproxy", "libnginx-mod-stream", "nginx-light", "sip-tester")


def servers() -> pathlib.Path:
    """The folder that SERVERS are unpacked in, with what they need and the system lacks."""
    return cache() / "servers" / hashlib.sha256(" ".join(SERVERS).encode()).hexdigest()[:10]


def unpack_servers(report: t.Callable[[str], None] = print) -> None:
    folder = servers()
    if folder.exists() or not shutil.which("apt-get"):
        return
    listed = " ".join(SERVERS)
    report(f"setup: unpacking {listed}")
    with locked("packages"), tempfile.TemporaryDirectory(dir=cache()) as work:
        archives, root = pathlib.Path(work, "archives"), pathlib.Path(work, "root")
        (archives / "partial").mkdir(parents=True)
        root.mkdir()
        for command in (
            ["apt-get", "-q", "update"],
            [
                "apt-get",
                "-q",
                "install",
                "-y",
                "--no-install-recommends",
                "--download-only",
                "-o",
                f"Dir::Cache::archives={archives}",
                *SERVERS,
            ],
        ):
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
            )
            if done.returncode and "install" in command:
                raise Trouble(f"apt-get could not download {listed}\n{done.stderr}")
        for archive in sorted(archives.glob("*.deb")):
            subprocess.run(["dpkg-deb", "-x", str(archive), str(root)], check=True, stdin=subprocess.DEVNULL)
        folder.parent.mkdir(exist_ok=True)
        if not folder.exists():
            root.replace(folder)


def install_packages(
    report: t.Callable[[str], None] = print, programs: t.Mapping[str, str] = PROGRAMS
) -> None:
    packages = missing_packages(programs)
    if programs is PROGRAMS and os.geteuid() == 0:
        unpack_servers(report)
    if not packages:
        return
    listed = " ".join(packages)
    if os.geteuid() != 0:
        raise Trouble(
            f"missing Debian packages: {listed}\nrun as root, or ask root for: apt-get install {listed}"
        )
    if not shutil.which("apt-get"):
        raise Trouble(
            f"missing (by their Debian names): {listed}\ninstall them with this system's package manager"
        )
    report(f"setup: installing {listed}")
    log = cache() / "logs" / "setup-packages.log"
    log.parent.mkdir(exist_ok=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    with locked("packages"), open(log, "w") as output:
        for command in (
            ["apt-get", "-q", "update"],
            ["apt-get", "-q", "install", "-y", "--no-install-recommends", *packages],
        ):
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=quiet, check=False
            )
            if done.returncode and "install" in command:
                output.flush()
                end = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                raise Trouble(f"apt-get could not install {listed} (log: {log})\n{end}")
    still = missing_packages(programs)
    if still:
        raise Trouble(f"still missing after apt-get: {' '.join(still)}")


def put_between(path: pathlib.Path, name: str, text: str) -> None:
    """Replace what is between the marks NAME of a document in Markdown."""
    begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
    before = path.read_text()
    if before.count(begin) != 1 or before.count(end) != 1:
        raise Trouble(f"{path} has no place for it: {begin} and {end}")
    after = re.sub(
        f"{re.escape(begin)}.*{re.escape(end)}", lambda _: f"{begin}\n{text}{end}", before, flags=re.DOTALL
    )
    if after != before:
        path.write_text(after)


def main(run: t.Callable[[], int]) -> t.NoReturn:
    """Run a script's body; turn what a person has to put right into one message."""
    try:
        sys.exit(run())
    except Trouble as trouble:
        print(f"{os.path.basename(sys.argv[0])}: {trouble}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
