package app

import (
	"regexp"
	"testing"
)

// headEnd is the model of the scanner: an empty line, or one that is nothing
// else.
var headEnd = regexp.MustCompile(`(?:^|\n)\r?\n`)

func model(p []byte) int {
	if loc := headEnd.FindIndex(p); loc != nil {
		return loc[1]
	}
	return 0
}

func TestScanner(t *testing.T) {
	for _, tc := range []struct {
		in   string
		want int
	}{
		{"", 0},
		{"GET / HTTP/1.1\r\n\r\n", 18},
		{"GET / HTTP/1.1\n\n", 16},
		{"GET / HTTP/1.1\r\nA: b\r\n\r\nrest", 24},
		{"GET / HTTP/1.1\r\nA: b\r\n", 0},
		{"GET / HTTP/1.1\r\n\r", 0},
		{"a\r\r\n\r\n", 6},
		{"\r\n", 2},
	} {
		var s scanner
		if got := s.find([]byte(tc.in)); got != tc.want {
			t.Errorf("%q: %d, want %d", tc.in, got, tc.want)
		}
	}
}

// FuzzScanner offers a head in two pieces, and then the next one.
func FuzzScanner(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nA: b\r\n\r\nGET /"), 20)
	f.Add([]byte("\n\r\n\r\r\n\n"), 3)
	f.Fuzz(func(t *testing.T, p []byte, cut int) {
		cut = min(max(cut, 0), len(p))
		var s scanner
		got := s.find(p[:cut])
		if want := model(p[:cut]); got != want {
			t.Fatalf("%q: %d, want %d", p[:cut], got, want)
		}
		if got > 0 {
			p = p[got:]
		}
		if got, want := s.find(p), model(p); got != want {
			t.Fatalf("%q after %d: %d, want %d", p, cut, got, want)
		}
	})
}
