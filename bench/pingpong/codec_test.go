package main

import (
	"slices"
	"testing"
)

func record(kind byte, body int) []byte {
	return append([]byte{kind, 3, 3, byte(body >> 8), byte(body)}, make([]byte, body)...)
}

func TestRecordCounterInPiecesOfAnySize(t *testing.T) {
	stream := slices.Concat(record(23, 1+17), record(23, 64+17), record(23, 300+17))
	for piece := 1; piece <= len(stream); piece++ {
		var r recordCounter
		total := 0
		for part := range slices.Chunk(stream, piece) {
			n, err := r.count(part)
			if err != nil {
				t.Fatalf("pieces of %d: %v", piece, err)
			}
			total += n
		}
		if total != 365 || r.have != 0 {
			t.Fatalf("pieces of %d: counted %d, want 365", piece, total)
		}
	}
}

func TestRecordCounterRefusesOtherRecords(t *testing.T) {
	for name, bytes := range map[string][]byte{
		"alert": record(21, 40),
		"empty": record(23, 17),
		"short": record(23, 0),
	} {
		var r recordCounter
		if _, err := r.count(bytes); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
