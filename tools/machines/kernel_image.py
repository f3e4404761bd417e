# Copyright: multinet.linux contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kernel for guests: the unpacked image, an initramfs, and a disk with all its modules."""

from __future__ import annotations

import contextlib
import lzma
import os
import pathlib
import re
import shutil
import struct
import subprocess
import zlib

import workshop
from workshop import Trouble

from machines.debian import Archive
from machines.disk import _disk
from machines.kernels import Kernel
from machines.log import Log

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
