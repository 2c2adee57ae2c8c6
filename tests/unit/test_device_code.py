"""What a manifest says about code is read from the shelf that serves it."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import pytest

from consent_ledger.documents import path_of
from consent_ledger.errors import Malformed, Refused, Untrue
from consent_ledger.keys import KeyList
from consent_ledger.leaf import KeysLeaf, hash_of
from edge_client.wire.bundle import PublishedBundle
from lambdas.shared.publishing.device_code import SUMS, DeviceCode, name_of_runtime, read_device_code
from lambdas.shared.publishing.publication import publish
from nearside.pinned_loader import pinned, pinned_on
from tests.support.city import NOW_S, SITE, City, MemoryShelf
from tests.support.publication_vectors import witness

PARTS = {"worker.js": b"worker", "ort/a.wasm": b"wasm", "ort.mjs": b"module"}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def runtime_of(parts: dict[str, bytes]) -> str:
    return name_of_runtime({path: hashlib.sha256(data).digest() for path, data in parts.items()})


def shelf_with(
    parts: dict[str, bytes], *, runtime: str | None = None, loader: bytes | None = None
) -> MemoryShelf:
    """A shelf with a runtime and the loader that names it, and what else lies there."""
    runtime = runtime or runtime_of(parts)
    words = b'new Worker("/nearside/runtime/%s/worker.js");' % runtime.encode()
    return MemoryShelf(
        {
            "index.html": b"a page",
            "nearside/loader.js": words if loader is None else loader,
            "nearside/runtime/00112233445566aa/worker.js": b"an earlier one",
            f"nearside/{SITE}/bundle.json": b"{}",
            f"nearside/{SITE}/files/{'0' * 64}": b"{}",
            **{f"nearside/runtime/{runtime}/{path}": data for path, data in parts.items()},
        }
    )


def test_the_loader_and_the_runtime_that_it_names_are_the_code() -> None:
    """Earlier runtimes, pages and bundles are not; the loader's bytes are handed on to be kept."""
    shelf = shelf_with(PARTS)
    code = read_device_code(shelf)
    runtime = f"runtime/{runtime_of(PARTS)}/"
    loader = shelf.files["nearside/loader.js"]
    expected = {f"{runtime}{path}": sha256(data) for path, data in PARTS.items()}
    assert code == DeviceCode(expected | {"loader.js": sha256(loader)}, {"loader.js": loader})


def test_other_files_beside_the_loader_are_code_too() -> None:
    """Whatever the build puts there is served to devices."""
    shelf = shelf_with(PARTS)
    shelf.files["nearside/check/index.html"] = b"a page of ours"
    code = read_device_code(shelf)
    assert code.hashes["check/index.html"] == sha256(b"a page of ours")
    assert set(code.replaceable) == {"loader.js", "check/index.html"}


def test_a_loader_that_lies_under_its_own_hash_is_no_other_code() -> None:
    """Its integrity is the file's, its address is another for each of its bytes, and a manifest names it as
    the loader; where the file beside the plain one is not the same, none is named."""
    shelf = shelf_with(PARTS)
    before = read_device_code(shelf)
    loader = shelf.files["nearside/loader.js"]
    assert pinned_on(shelf) is None
    found = pinned(loader)
    shelf.files[found.path] = loader
    assert pinned_on(shelf) == found
    assert read_device_code(shelf) == before
    kind, _, value = found.integrity.partition("-")
    assert (kind, b64decode(value)) == ("sha384", hashlib.sha384(loader).digest())
    assert str(found) == f'src="/{found.path}" integrity="{found.integrity}"'
    shelf.files[found.path] = loader + b" "
    assert pinned_on(shelf) is None
    assert pinned(loader + b" ").path != found.path


def test_a_shelf_without_a_loader_has_no_code() -> None:
    """Devices then bring their own, and the manifest says that there is none."""
    shelf = shelf_with(PARTS)
    del shelf.files["nearside/loader.js"]
    assert read_device_code(shelf) == DeviceCode({}, {})


@pytest.mark.parametrize(
    "loader",
    [b"", b"no runtime", b"/nearside/runtime/00112233445566AA/", b"/nearside/runtime/0011/"],
)
def test_a_loader_that_names_no_runtime_is_untrue(loader: bytes) -> None:
    """Nothing could be said about what devices would run."""
    with pytest.raises(Untrue, match="does not name one runtime"):
        read_device_code(shelf_with(PARTS, loader=loader))


def test_a_loader_that_names_two_runtimes_is_untrue() -> None:
    """One of them would be outside the manifest."""
    both = b"/nearside/runtime/00112233445566aa/ /nearside/runtime/%s/" % runtime_of(PARTS).encode()
    with pytest.raises(Untrue, match="does not name one runtime"):
        read_device_code(shelf_with(PARTS, loader=both))


@pytest.mark.parametrize(
    "parts",
    [PARTS | {"worker.js": b"other"}, PARTS | {"more.js": b""}, {"worker.js": b"worker"}, {}],
    ids=repr,
)
def test_a_runtime_that_is_not_what_its_name_says_is_untrue(parts: dict[str, bytes]) -> None:
    """A file changed, added, lost on the way, or none there at all: nothing is published."""
    with pytest.raises(Untrue, match="not the one that its name says"):
        read_device_code(shelf_with(parts, runtime=runtime_of(PARTS)))


def test_a_list_of_its_files_stands_for_a_runtime() -> None:
    """A manifest names the list alone, and the list has the hash of each file, as `sha256sum` prints it."""
    shelf = shelf_with(PARTS)
    runtime = f"runtime/{runtime_of(PARTS)}/"
    sums = "".join(f"{sha256(data)}  {path}\n" for path, data in sorted(PARTS.items())).encode()
    shelf.files[f"nearside/{runtime}{SUMS}"] = sums
    code = read_device_code(shelf)
    assert code.hashes == {
        "loader.js": sha256(shelf.files["nearside/loader.js"]),
        f"{runtime}{SUMS}": sha256(sums),
    }
    for other in (b"", sums[:-1], sums + sums[:80], sums.replace(b"worker", b"worked")):
        shelf.files[f"nearside/{runtime}{SUMS}"] = other
        with pytest.raises(Untrue, match="is not of them"):
            read_device_code(shelf)
    shelf.files[f"nearside/{runtime}{SUMS}"] = sums
    shelf.files[f"nearside/{runtime}worker.js"] = b"other"
    with pytest.raises(Untrue, match="not the one that its name says"):
        read_device_code(shelf)


def test_a_bundle_commits_to_the_code_on_the_shelf(tmp_path: Path) -> None:
    """With other code the next bundle is another one, and the loader of this one stays to be looked at."""
    city = City(tmp_path, shelf=shelf_with(PARTS))
    del city.shelf.files[f"nearside/{SITE}/bundle.json"]
    city.publish()
    bundle = PublishedBundle.from_bytes(city.shelf.files[f"nearside/{SITE}/bundle.json"])
    assert bundle.manifest.code == read_device_code(city.shelf).hashes
    loader = city.shelf.files["nearside/loader.js"]
    assert city.shelf.files[f"nearside/{SITE}/files/{sha256(loader)}"] == loader
    before = dict(bundle.manifest.code)
    city.shelf.files["nearside/loader.js"] = loader + b"//"
    city.publish()
    bundle = PublishedBundle.from_bytes(city.shelf.files[f"nearside/{SITE}/bundle.json"])
    assert {path for path in before if bundle.manifest.code[path] != before[path]} == {"loader.js"}
    assert city.shelf.files[f"nearside/{SITE}/files/{sha256(loader)}"] == loader


def test_nothing_is_published_when_the_code_contradicts_itself(tmp_path: Path) -> None:
    """Nor logged."""
    city = City(tmp_path, shelf=shelf_with(PARTS, loader=b"no runtime"))
    del city.shelf.files[f"nearside/{SITE}/bundle.json"]
    with pytest.raises(Untrue):
        city.publish()
    assert city.ledger.head().size == 0
    assert f"nearside/{SITE}/bundle.json" not in city.shelf.files


def test_nothing_is_logged_when_the_manifest_is_too_long(tmp_path: Path) -> None:
    """A key signs so much and no more: this is found out before anything is public."""
    parts = {f"{'x' * 150}-{number}.js": b"x" for number in range(40)}
    city = City(tmp_path, shelf=shelf_with(parts))
    del city.shelf.files[f"nearside/{SITE}/bundle.json"]
    with pytest.raises(Malformed, match="too long"):
        city.publish()
    assert city.ledger.head().size == 0


def test_a_key_that_is_not_in_force_publishes_nothing(tmp_path: Path) -> None:
    """The list and the signature cannot contradict each other."""
    city = City(tmp_path)
    others = KeyList.of(city.log_signer.key.name, [city.log_signer.key])
    with pytest.raises(Refused, match="not among the keys in force"):
        publish(city.files(), shelf=city.shelf, signer=city.agency, log=city.log, keys=others, now=NOW_S)
    assert city.ledger.head().size == 0


def test_keys_that_come_back_into_force_are_named_again(tmp_path: Path) -> None:
    """A witness goes and returns: two lists are logged, and each bundle says which was in force with it."""
    city = City(tmp_path)
    named = []
    for witnesses in ([], [witness(1)], []):
        keys = replace(city.keys, witnesses=tuple(witnesses))
        publish(city.files(), shelf=city.shelf, signer=city.agency, log=city.log, keys=keys, now=NOW_S)
        bundle = PublishedBundle.from_bytes(city.shelf.files[f"nearside/{SITE}/bundle.json"])
        named.append(bundle.manifest.keys)
        document = city.ledger.read(path_of(bytes.fromhex(bundle.manifest.keys)))
        assert document is not None
        assert KeyList.from_bytes(document) == keys
        assert city.ledger.knows(hash_of(KeysLeaf(bytes.fromhex(bundle.manifest.keys))))
    assert named[0] == named[2] != named[1]
    # Notice, task and two key lists once each, and three bundles.
    assert city.ledger.head().size == 2 + 2 + 3
