// Reads a ledger and a proof with golang.org/x/mod/sumdb, which is not Keepmark's.
//
// usage: ledger.go LEDGER KEY BUNDLE; LEDGER is the folder ledger/ of an archive, BUNDLE one that `keepmark prove` made
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func expect(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// tiles reads tiles by the paths of C2SP tlog-tiles.
type tiles struct{ folder string }

func (t tiles) path(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1)
	return filepath.Join(t.folder, strings.Replace(path, "tile/8/", "tile/", 1))
}

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		data, err := os.ReadFile(t.path(tile))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func tree(text []byte, verifier note.Verifier) tlog.Tree {
	opened, err := note.Open(text, note.VerifierList(verifier))
	expect(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	expect(err)
	hash, err := tlog.ParseHash(lines[2])
	expect(err)
	if lines[0] != verifier.Name() {
		expect(fmt.Errorf("the checkpoint is of %s", lines[0]))
	}
	return tlog.Tree{N: size, Hash: hash}
}

func entries(t tiles, size int64) [][]byte {
	var found [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		data, err := os.ReadFile(t.path(tlog.Tile{H: 8, L: -1, N: n, W: int(width)}))
		expect(err)
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			found = append(found, data[2:2+length])
			data = data[2+length:]
		}
	}
	return found
}

func checkBundle(bundle string, verifier note.Verifier) {
	found, err := filepath.Glob(filepath.Join(bundle, "*.tlog-proof"))
	expect(err)
	if len(found) != 1 {
		expect(fmt.Errorf("%d proofs in %s", len(found), bundle))
	}
	text, err := os.ReadFile(found[0])
	expect(err)
	parts := bytes.SplitN(text, []byte("\n\n"), 2)
	lines := strings.Split(string(parts[0]), "\n")
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	expect(err)
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		data, err := base64.StdEncoding.DecodeString(line)
		expect(err)
		var hash tlog.Hash
		copy(hash[:], data)
		proof = append(proof, hash)
	}
	original := strings.TrimSuffix(found[0], ".tlog-proof")
	photo, err := os.ReadFile(original)
	expect(err)
	sidecar, err := os.ReadFile(original + ".json")
	expect(err)
	entry := fmt.Sprintf("keepmark-leaf/v1\nphoto %x %x\n", sha256.Sum256(photo), sha256.Sum256(sidecar))
	checkpoint := tree(parts[1], verifier)
	expect(tlog.CheckRecord(proof, checkpoint.N, checkpoint.Hash, index, tlog.RecordHash([]byte(entry))))
}

func main() {
	ledger, bundle := tiles{os.Args[1]}, os.Args[3]
	verifier, err := note.NewVerifier(os.Args[2])
	expect(err)
	text, err := os.ReadFile(filepath.Join(ledger.folder, "checkpoint"))
	expect(err)
	checkpoint := tree(text, verifier)
	// Holds every tile that it reads against the root.
	reader := tlog.TileHashReader(checkpoint, ledger)
	found := entries(ledger, checkpoint.N)
	if int64(len(found)) != checkpoint.N {
		expect(fmt.Errorf("%d entries for %d leaves", len(found), checkpoint.N))
	}
	for n, entry := range found {
		proof, err := tlog.ProveRecord(checkpoint.N, int64(n), reader)
		expect(err)
		expect(tlog.CheckRecord(proof, checkpoint.N, checkpoint.Hash, int64(n), tlog.RecordHash(entry)))
	}
	checkBundle(bundle, verifier)
	fmt.Printf("%d leaves, 1 proof\n", len(found))
}
