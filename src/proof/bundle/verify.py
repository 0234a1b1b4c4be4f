#!/usr/bin/env python3
"""Checks the proof in this folder, offline and without Keepmark.

    python3 verify.py [--key KEY] [FOLDER]

KEY is the public key that you trust, got another way than with this folder. Needs Python 3.8 or newer and the package
`cryptography`. Exit code: 0 all holds, 1 a link is broken, 2 it could not be checked.
"""

import argparse
import base64
import binascii
import hashlib
import json
import pathlib
import sys

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    print("verify.py: install the Python package cryptography first: pip install cryptography", file=sys.stderr)
    sys.exit(2)

broken = []

# No size of a tree has more digits (64 bits).
DIGITS_MAX = 20


def shown(text):
    """Names that a stranger chose, without what a terminal would obey."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in str(text))


def number(digits):
    """A number in its one spelling, else None."""
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= DIGITS_MAX and str(int(digits)) == digits
    return int(digits) if is_number else None


def link(holds, held, wrong):
    print(shown("ok    " + held if holds else "WRONG " + wrong))
    if not holds:
        broken.append(wrong)
    return holds


def from_base64(text):
    """Strictly: other texts with the same bytes are refused."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def file_hash(path):
    hasher = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            hasher.update(chunk)
    return hasher.hexdigest()


def public_key(text):
    """`name+hash+base64`: the name, the key's id and the key (c2sp.org/signed-note)."""
    name, hash_text, key_text = (text.split("+", 2) + ["", ""])[:3]
    key = from_base64(key_text)
    if not name or not key or len(key) != 33 or key[0] != 1:
        return None
    key_id = sha256(name.encode(), b"\n", key)[:4]
    return (name, key_id, Ed25519PublicKey.from_public_bytes(key[1:])) if key_id.hex() == hash_text else None


def open_checkpoint(note, key):
    """The size and root that the note signs, or the reason why it cannot be trusted."""
    name, key_id, verifier = key
    text, gap, signatures = note.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        return None, "it is no signed note"
    signed = False
    for line in signatures[:-1].split("\n"):
        words = line.split(" ")
        data = from_base64(words[2]) if len(words) == 3 and words[0] == "\u2014" else None
        if data is None:
            return None, "a signature of it is none"
        if words[1] == name and data[:4] == key_id:
            try:
                verifier.verify(data[4:], (text + "\n").encode())
                signed = True
            except InvalidSignature:
                return None, "its signature is wrong: the text was changed"
    if not signed:
        return None, "it is signed by another key than this"
    lines = (text + "\n").split("\n")
    root = from_base64(lines[2]) if len(lines) == 4 else None
    size = number(lines[1]) if len(lines) == 4 else None
    if lines[0] != name or not root or len(root) != 32 or size is None:
        return None, "it is no checkpoint of this ledger"
    return (size, root), None


def leads_to_root(index, size, leaf, path, root):
    """RFC 9162, section 2.1.3.2."""
    if index >= size:
        return False
    fn, sn, node = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            node = sha256(b"\x01", sibling, node)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            node = sha256(b"\x01", node, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and node == root


def parse_proof(text):
    """Index, path and checkpoint (c2sp.org/tlog-proof)."""
    head, gap, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or lines[0] != "c2sp.org/tlog-proof@v1":
        return None
    lines = lines[2:] if len(lines) > 1 and lines[1].startswith("extra ") else lines[1:]
    index = number(lines[0][6:]) if lines and lines[0].startswith("index ") else None
    path = [from_base64(line) for line in lines[1:]]
    if index is None or len(path) > 64 or not all(node and len(node) == 32 for node in path):
        return None
    return index, path, checkpoint


def text_of(path):
    is_text(path)
    # Bytes that are no text become signs that no proof has; newlines stay as they are.
    return path.read_bytes().decode("utf-8", "replace")


def is_text(path):
    # A pipe would be waited for without end.
    if path.exists() and not path.is_file():
        raise OSError(f"{path.name} is no file")
    if path.stat().st_size > 64 * 1024 * 1024:
        raise OSError(f"{path.name} is larger than Keepmark makes such files")


def check_sidecar(path, photo_hash):
    try:
        sidecar = json.loads(text_of(path))
    except (ValueError, RecursionError):
        sidecar = None
    said = sidecar if isinstance(sidecar, dict) else {}
    for what, name in (
        ("code     {}", "code"),
        ("taken    {}, as announced, at the place", "local_time"),
        ("arrived  {}, by the archive's clock", "received_at"),
        ("photo    {}", "photo_id"),
    ):
        print(shown("      " + what.format(said.get(name) or "none")))
    link(
        said.get("sha256") == photo_hash,
        "the photo is the one that the sidecar describes",
        "the photo is not the one that the sidecar describes: one of the two was changed, or is of another photo",
    )


def check_sums(folder):
    sums = text_of(folder / "SHA256SUMS")
    named, wrong = {"SHA256SUMS"}, []
    for line in sums.split("\n")[:-1]:
        hash_text, gap, name = line.partition("  ")
        named.add(name)
        path = folder / name
        if not gap or "/" in name or not path.is_file() or file_hash(path) != hash_text:
            wrong.append(name or line)
    wrong += sorted(path.name for path in folder.iterdir() if path.name not in named)
    if not sums.endswith("\n"):
        wrong.append("SHA256SUMS")
    link(not wrong, "everything arrived whole", "changed, missing or not of this folder: " + ", ".join(wrong))


def main():
    arguments = argparse.ArgumentParser(description="Checks the proof in this folder.")
    arguments.add_argument("--key", help="the public key that you trust")
    arguments.add_argument("folder", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    options = arguments.parse_args()
    folder = options.folder
    proofs = list(folder.glob("*.tlog-proof"))
    if len(proofs) != 1:
        raise OSError(f"{folder} must hold one *.tlog-proof, not {len(proofs)}")
    original = folder / proofs[0].name[: -len(".tlog-proof")]
    sidecar = original.with_name(original.name + ".json")
    if original.exists() and not original.is_file():
        raise OSError(f"{original.name} is no file")
    photo_hash, sidecar_hash = file_hash(original), file_hash(sidecar)
    check_sidecar(sidecar, photo_hash)

    key_text = text_of(folder / "public-key.txt")
    key = public_key(key_text[:-1]) if key_text.endswith("\n") else None
    link(key is not None, "the public key can be read", "public-key.txt holds no public key, or it was changed")
    if options.key:
        trusted = public_key(options.key.strip())
        if trusted is None:
            raise OSError("--key is no public key such as name+hash+base64")
        link(
            options.key.strip() == key_text[:-1],
            "the public key is the one that you trust",
            "the public key is not the one that you trust",
        )
        key = trusted
    elif key:
        print(
            "NOTE  the key is this folder's own: anybody could have made all of it. Ask whoever runs the archive for "
            "the key (`keepmark ledger key`), and check again with --key"
        )

    if key:
        note = text_of(folder / "checkpoint.txt")
        tree, reason = open_checkpoint(note, key)
        link(tree is not None, f"the checkpoint is signed by {key[0]}", f"checkpoint.txt is not to be trusted: {reason}")
        proof = parse_proof(text_of(proofs[0]))
        if link(proof is not None, "the proof can be read", "the proof (*.tlog-proof) is no proof, or it was changed"):
            index, path, checkpoint = proof
            link(checkpoint == note, "the proof is by this checkpoint", "the checkpoint in the proof is not checkpoint.txt")
            entry = f"keepmark-leaf/v1\nphoto {photo_hash} {sidecar_hash}\n"
            leaf = sha256(b"\x00", entry.encode())
            link(
                tree is not None and leads_to_root(index, tree[0], leaf, path, tree[1]),
                f"photo and sidecar are leaf {index} of the ledger that the checkpoint signs",
                "the path does not lead from this photo and sidecar to the root that the checkpoint signs",
            )
    check_sums(folder)
    return 1 if broken else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OSError as error:
        print(f"verify.py: {shown(error)}", file=sys.stderr)
        sys.exit(2)
