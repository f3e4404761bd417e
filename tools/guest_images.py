# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disks and kernels for guests, made from Debian's packages; used by tools/guests.

A kernel is the unpacked image, an initramfs with the few modules that a disk needs, and a disk with all its
modules. A userland is a disk with no kernel: any userland runs on any kernel. Everything is kept in the cache
under a name that follows from the recipe and the code that makes it, so another text makes another image. It
takes neither mounts nor loop devices that outlive the process.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import hashlib
import inspect
import json
import lzma
import os
import pathlib
import re
import shutil
import signal
import struct
import subprocess
import time
import typing as t
import zlib

import workshop
from workshop import Trouble

PROGRAMS = {
    **{name: workshop.PROGRAMS[name] for name in ("ip", "mmdebstrap", "nsenter", "ssh", "unshare")},
    "busybox": "busybox-static",
    "cpio": "cpio",
    "depmod": "kmod",
    "mke2fs": "e2fsprogs",
    "qemu-img": "qemu-utils",
    "qemu-system-x86_64": "qemu-system-x86",
    "zstd": "zstd",
}


class Kernel(t.NamedTuple):
    package: str  # a metapackage, asked for what it depends on when the image is made
    suites: tuple[str, ...]
    userland: str  # the release that a guest with this kernel runs


KERNELS = {
    "linux-5.10": Kernel("linux-image-cloud-amd64", ("bullseye", "bullseye-security"), "bookworm"),
    "linux-6.1": Kernel("linux-image-cloud-amd64", ("bookworm", "bookworm-security"), "bookworm"),
    "linux-6.12": Kernel("linux-image-cloud-amd64", ("trixie", "trixie-security"), "trixie"),
    "linux-newest": Kernel("linux-image-cloud-amd64", ("trixie-backports",), "trixie"),
}
PACKAGES = (
    "ethtool iproute2 iptables iputils-ping kmod nftables openssh-server procps python3 python3-pyroute2"
).split()
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

# "multinet.only" on the kernel line: the boot alone is the test.
INITRAMFS = """\
#!/bin/busybox sh
B=/bin/busybox
$B mount -t proc proc /proc
$B mount -t sysfs sysfs /sys
$B mount -t devtmpfs dev /dev
echo "guest: kernel $($B uname -r)" >/dev/console
case " $($B cat /proc/cmdline) " in *" multinet.only "*) $B poweroff -f ;; esac
for module in /modules/*; do $B insmod "$module"; done
tries=0
until [ -e /dev/vdb ] || [ $tries -ge 400 ]; do $B sleep 0.05; tries=$((tries + 1)); done
$B mount -t ext4 -o noatime /dev/vda /root && $B mount -t ext4 -o ro /dev/vdb /root/lib/modules || {
    echo "guest: no disks" >/dev/console
    $B poweroff -f
}
for place in dev sys proc; do $B mount --move /$place /root/$place; done
exec $B switch_root /root /sbin/init
"""
INITTAB = """\
::sysinit:/usr/local/sbin/guest-boot
::ctrlaltdel:/sbin/reboot
::shutdown:/bin/sync
"""
# Only what a host needs to be reached; no default route, so that nothing leaves by the management link.
BOOT = """\
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /dev/pts /dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t tmpfs -o mode=755 run /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ln -sfn /proc/self/fd /dev/fd
mkdir -p /run/sshd /run/lock
for word in $(cat /proc/cmdline); do
    case $word in multinet.name=*) hostname "${word#*=}" ;; esac
done
modprobe virtio_net
ip link set lo up
tries=0
until [ -e /sys/class/net/eth0 ] || [ $tries -ge 100 ]; do sleep 0.1; tries=$((tries + 1)); done
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
/usr/sbin/sshd && echo "guest: sshd is up" >/dev/console
"""
# As on hosts with systemd: these modules bring no link by themselves.
MODPROBE = """\
options bonding max_bonds=0
options dummy numdummies=0
"""
SSHD = """\
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
UseDNS no
PrintMotd no
MaxSessions 64
MaxStartups 64:30:128
Subsystem sftp internal-sftp
"""


# Running things that must not be left behind.

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
CLONE_NEWNET = 0x40000000


def die_with_parent() -> None:
    """For a child, before it becomes another program: be killed when the parent ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def unshare(flags: int) -> None:
    if _LIBC.unshare(flags):
        raise Trouble(f"cannot make namespaces: {os.strerror(ctypes.get_errno())}")


class Log:
    """Where the words of commands go, and what a person is shown of them when one fails."""

    def __init__(self, name: str) -> None:
        self.path = workshop.cache() / "logs" / f"guest-{name}.log"
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text("")

    def run(self, *command: str | os.PathLike[str], **options: t.Any) -> str:
        """Run COMMAND, return what it printed; errors go to the log."""
        words = [os.fspath(word) for word in command]
        with open(self.path, "a") as errors:
            errors.write(f"$ {' '.join(words)}\n")
            errors.flush()
            done = subprocess.run(
                words,
                stdin=options.pop("stdin", subprocess.DEVNULL),
                stdout=options.pop("stdout", subprocess.PIPE),
                stderr=errors,
                preexec_fn=die_with_parent,
                check=False,
                env={
                    **os.environ,
                    "PATH": workshop.SYSTEM_PATH,
                    "LC_ALL": "C.UTF-8",
                    **options.pop("env", {}),
                },
                **options,
            )
            out = (done.stdout or b"").decode(errors="replace")
            errors.write(out[-20000:])
        if done.returncode:
            end = "\n".join(self.path.read_text(errors="replace").splitlines()[-15:])
            raise Trouble(
                f"{' '.join(words[:4])} ... ended with status {done.returncode} (log: {self.path})\n{end}"
            )
        return out


# Images in the cache.


def _folder(kind: str, name: str, *made_of: t.Any) -> pathlib.Path:
    texts = [
        inspect.getsource(one) if callable(one) and not isinstance(one, tuple) else json.dumps(one)
        for one in made_of
    ]
    digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    return workshop.cache() / kind / f"{name}-{digest[:10]}"


def kernel_folder(name: str) -> pathlib.Path:
    return _folder(
        "kernels", name, KERNELS[name], INITRAMFS, Archive, unpacked_kernel, _initramfs, _make_kernel, _disk
    )


def userland_folder(release: str) -> pathlib.Path:
    return _folder("userlands", release, PACKAGES, INITTAB, BOOT, MODPROBE, SSHD, _make_userland, _disk)


@contextlib.contextmanager
def held(folder: pathlib.Path, alone: bool = False) -> t.Iterator[bool]:
    """Hold an image so that nobody removes it; ALONE: only if nobody else holds it."""
    with open(folder.with_name(folder.name + ".lock"), "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
        except BlockingIOError:
            yield False
            return
        yield True


def _made(
    folder: pathlib.Path, make: t.Callable[[pathlib.Path, Log], None], report: t.Callable[[str], None]
) -> pathlib.Path:
    """The image in FOLDER, made now if it is not there; older ones of that name go."""
    name = folder.name.rsplit("-", 1)[0]
    with workshop.locked(f"image-{name}"):
        if folder.exists():
            return folder
        started = time.monotonic()
        report(f"guests: making {name}")
        fresh = folder.with_name(folder.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        try:
            make(fresh, Log(name))
            fresh.rename(folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        report(f"guests: made {name} in {time.monotonic() - started:.0f} s")
        for old in folder.parent.glob(f"{name}-*"):
            if old != folder and re.fullmatch(re.escape(name) + r"-[0-9a-f]{10}", old.name):
                with held(old, alone=True) as free:
                    if free:
                        shutil.rmtree(old, ignore_errors=True)
                        old.with_name(old.name + ".lock").unlink()
    return folder


def kernel(name: str, report: t.Callable[[str], None]) -> pathlib.Path:
    return _made(kernel_folder(name), lambda folder, log: _make_kernel(KERNELS[name], folder, log), report)


def userland(release: str, report: t.Callable[[str], None]) -> pathlib.Path:
    return _made(userland_folder(release), lambda folder, log: _make_userland(release, folder, log), report)


def _disk(source: pathlib.Path, image: pathlib.Path, free: int, log: Log) -> None:
    """An ext4 disk with all that is in SOURCE and FREE megabytes more."""
    sizes = [(path.lstat().st_size + 4095) // 4096 * 4 for path in source.rglob("*") if not path.is_dir()]
    size = sum(sizes) // 1024 * 115 // 100 + len(sizes) // 100 + free
    inodes = len(list(source.rglob("*"))) + 4000
    log.run(
        "mke2fs",
        "-q",
        "-F",
        "-t",
        "ext4",
        "-O",
        "^has_journal",
        "-m",
        "0",
        "-N",
        str(inodes),
        "-d",
        source,
        image,
        f"{size}M",
    )


# Packages.


def sources(suites: t.Iterable[str]) -> list[str]:
    """Lines for sources.list, after the mirrors that this machine uses itself."""
    found = {
        "Debian": os.environ.get("MULTINET_DEBIAN_MIRROR"),
        "Debian-Security": os.environ.get("MULTINET_DEBIAN_SECURITY"),
    }
    asked = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    for line in asked.stdout.splitlines():
        origin, label, address = line.split("|")
        if not origin.isalpha():  # before the first `apt-get update` only the address is known
            label = {"debian": "Debian", "debian-security": "Debian-Security"}.get(
                address.rstrip("/").split("/")[-1], ""
            )
        elif origin != "Debian":
            continue
        if label in found:
            found[label] = found[label] or address
    lines = []
    for suite in suites:
        mirror = found["Debian-Security" if suite.endswith("-security") else "Debian"]
        if not mirror:
            raise Trouble(
                f"this machine knows no mirror for Debian's {suite};"
                " name them in MULTINET_DEBIAN_MIRROR and MULTINET_DEBIAN_SECURITY"
            )
        lines.append(f"deb [signed-by={KEYRING}] {mirror} {suite} main")
    return lines


class Archive:
    """Packages of a few suites, read with lists of their own: the machine's apt stays as it is."""

    def __init__(self, suites: t.Iterable[str], folder: pathlib.Path, log: Log) -> None:
        self.folder, self.log = folder, log
        for part in ("lists/partial", "cache/archives/partial", "packages"):
            (folder / part).mkdir(parents=True)
        (folder / "sources.list").write_text("\n".join(sources(suites)) + "\n")
        (folder / "apt.conf").write_text(
            f'Dir::State::lists "{folder}/lists";\n'
            'Dir::State::status "/dev/null";\n'
            f'Dir::Cache "{folder}/cache";\n'
            f'Dir::Etc::sourcelist "{folder}/sources.list";\n'
            'Dir::Etc::sourceparts "/dev/null";\n'
            'Acquire::Languages "none";\n'
            'APT::Architecture "amd64";\n'
            'APT::Sandbox::User "root";\n'
        )
        self._run("apt-get", "-q", "update")

    def _run(self, *command: str) -> str:
        return self.log.run(
            *command, cwd=self.folder / "packages", env={"APT_CONFIG": str(self.folder / "apt.conf")}
        )

    def depends(self, package: str) -> list[str]:
        shown = self._run("apt-cache", "show", "--no-all-versions", package)
        fields = re.findall(r"^Depends: (.*)$", shown, re.MULTILINE)
        return [re.split(r"[ (]", one.strip())[0] for field in fields for one in re.split(r"[,|]", field)]

    def unpack_kernel(self, package: str, root: pathlib.Path) -> None:
        """Follow a metapackage to the packages with files, and unpack these. From 6.19 on there are
        several."""
        pending, seen = [package], {package}
        while pending:
            one = pending.pop()
            # Only a metapackage has no release of a kernel in its name.
            if re.match(r"linux-\w+-\d+\.\d+[.+-]\d", one) or not re.match(r"linux-image-", one):
                self._run("apt-get", "-q", "download", one)
            more = {
                name for name in self.depends(one) if re.match(r"linux-(image|binary|modules|base)-\d", name)
            }
            pending += sorted(more - seen)
            seen |= more
        packages = sorted((self.folder / "packages").glob("*.deb"))
        if not packages:
            raise Trouble(f"{package} leads to no package with a kernel (log: {self.log.path})")
        for one in packages:
            self.log.run("dpkg-deb", "-x", one, root)


# A kernel.


def unpacked_kernel(image: bytes) -> bytes:
    """The ELF file inside a bzImage: a guest then need not unpack it itself (see
    Documentation/arch/x86/boot.rst)."""
    if image[0x202:0x206] != b"HdrS":
        raise Trouble("this is no bzImage")
    start = ((image[0x1F1] or 4) + 1) * 512 + struct.unpack_from("<I", image, 0x248)[0]
    length = struct.unpack_from("<I", image, 0x24C)[0]
    payload = image[start : start + length - 4]  # the last four bytes tell the unpacked size
    [size] = struct.unpack_from("<I", image, start + length - 4)
    if payload.startswith(b"\xfd7zXZ"):
        unpacker = lzma.LZMADecompressor()
        elf = unpacker.decompress(payload)
    elif payload.startswith(b"\x1f\x8b"):
        elf = zlib.decompressobj(31).decompress(payload)
    else:
        tool = {b"\x28\xb5\x2f\xfd": "zstd", b"\x02\x21\x4c\x18": "lz4"}.get(payload[:4])
        if not tool:
            raise Trouble(f"the kernel is packed in an unknown way ({payload[:4].hex()})")
        # Ends with an error after the end of the data, which is followed by padding.
        elf = subprocess.run([tool, "-dc"], input=payload, capture_output=True, check=False).stdout
    if elf[:4] != b"\x7fELF" or len(elf) != size:
        raise Trouble(f"the kernel unpacks to {len(elf)} bytes, not {size}")
    return elf


def _unpack_module(path: pathlib.Path) -> bytes:
    data = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-qdc"], input=data, capture_output=True, check=True).stdout
    return data


def _initramfs(
    modules: pathlib.Path, release: str, image: pathlib.Path, work: pathlib.Path, log: Log
) -> None:
    for place in ("bin", "modules", "proc", "sys", "dev", "root"):
        (work / place).mkdir(parents=True)
    busybox = shutil.which("busybox", path=workshop.SYSTEM_PATH)
    shutil.copy(str(busybox), work / "bin/busybox")
    wanted: list[str] = []
    for name in ("virtio_pci", "virtio_blk", "ext4"):
        for line in log.run("modprobe", "-S", release, "-d", modules, "--show-depends", name).splitlines():
            kind, _, path = line.strip().partition(" ")
            if kind == "insmod" and path.split()[0] not in wanted:
                wanted.append(path.split()[0])
    for number, path in enumerate(wanted, 10):
        bare = re.sub(r"\.(xz|zst)$", "", os.path.basename(path))
        (work / "modules" / f"{number}-{bare}").write_bytes(_unpack_module(pathlib.Path(path)))
    (work / "init").write_text(INITRAMFS)
    (work / "init").chmod(0o755)
    names = "\n".join(sorted(str(path.relative_to(work)) for path in work.rglob("*"))) + "\n"
    (work.parent / "names").write_text(names)
    with open(work.parent / "names") as listed, open(image, "wb") as output:
        log.run("cpio", "--create", "--format=newc", "--quiet", cwd=work, stdin=listed, stdout=output)


def _make_kernel(spec: Kernel, folder: pathlib.Path, log: Log) -> None:
    work = folder / "work"
    root = work / "root"
    root.mkdir(parents=True)
    Archive(spec.suites, work / "apt", log).unpack_kernel(spec.package, root)
    # Where modules are depends on the release; they go to /lib/modules on every userland.
    [found] = [
        path for top in ("lib/modules", "usr/lib/modules") for path in (root / top).glob("*") if path.is_dir()
    ]
    release = found.name
    for link in ("build", "source"):
        with contextlib.suppress(FileNotFoundError):
            (found / link).unlink()
    images = [path for path in (root / f"boot/vmlinuz-{release}", found / "vmlinuz") if path.exists()]
    (folder / "vmlinux").write_bytes(unpacked_kernel(images[0].read_bytes()))
    modules = work / "modules"
    (modules / "lib/modules").mkdir(parents=True)
    found.rename(modules / "lib/modules" / release)
    log.run("depmod", "-b", modules, release)
    _initramfs(modules, release, folder / "initramfs", work / "initramfs", log)
    _disk(modules / "lib/modules", folder / "modules.img", 8, log)
    (folder / "release").write_text(release + "\n")
    shutil.rmtree(work)


# A userland.


def _write(path: pathlib.Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    path.write_text(text)
    path.chmod(mode)


def _make_userland(release: str, folder: pathlib.Path, log: Log) -> None:
    work = folder / "work"
    root = work / "root"
    work.mkdir()
    # In namespaces of its own: what mmdebstrap mounts goes with it, however it ends.
    log.run(
        *(
            "unshare",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "--propagation",
            "private",
        ),
        *("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", f"--include={','.join(PACKAGES)}"),
        *("--aptopt=Apt::Install-Recommends false", "--aptopt=Acquire::Languages none"),
        *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "locale", "man")),
        *(release, root, *sources((release, f"{release}-security"))),
        env={"TMPDIR": str(work)},
    )
    log.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "guest", "-f", folder / "key")
    _write(root / "root/.ssh/authorized_keys", (folder / "key.pub").read_text(), 0o600)
    for private in ("root", "root/.ssh"):
        (root / private).chmod(0o700)
    for old in (root / "etc/ssh").glob("ssh_host_*"):
        old.unlink()
    host_key = root / "etc/ssh/ssh_host_ed25519_key"
    log.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "guest", "-f", host_key)
    (folder / "known_hosts").write_text("* " + host_key.with_suffix(".pub").read_text())
    shutil.copy(str(shutil.which("busybox", path=workshop.SYSTEM_PATH)), root / "usr/local/sbin/busybox")
    for name in ("init", "reboot", "poweroff", "halt"):
        with contextlib.suppress(FileNotFoundError):
            (root / "usr/sbin" / name).unlink()
        (root / "usr/sbin" / name).symlink_to("/usr/local/sbin/busybox")
    _write(root / "etc/inittab", INITTAB)
    _write(root / "usr/local/sbin/guest-boot", BOOT, 0o755)
    _write(root / "etc/ssh/sshd_config", SSHD)
    _write(root / "etc/modprobe.d/no-links.conf", MODPROBE)
    _write(root / "etc/hostname", "guest\n")
    _write(root / "etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")
    _write(root / "etc/fstab", "")
    _write(root / "etc/resolv.conf", "")
    shadow = (root / "etc/shadow").read_text()
    _write(root / "etc/shadow", re.sub(r"^root:[^:]*:", "root::", shadow, flags=re.MULTILINE), 0o640)
    (root / "usr/lib/modules").mkdir(exist_ok=True)
    shutil.rmtree(root / "var/lib/apt/lists", ignore_errors=True)
    _disk(root, folder / "root.img", 200, log)
    shutil.rmtree(work)
