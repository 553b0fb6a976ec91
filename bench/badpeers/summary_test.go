package main

import (
	"strings"
	"testing"
	"time"
)

// TestSummary has a server without faults, one with, and one that failed.
func TestSummary(t *testing.T) {
	sc, err := findScenario("flood")
	if err != nil {
		t.Fatal(err)
	}
	well := liveReport{Echoes: 100, P99: time.Millisecond}
	good := result{server: "good", before: well, after: well, outcome: outcome{Conns: 1}}
	bad, broken := good, result{server: "broken", failure: "it has ended"}
	bad.server, bad.outcome.Lost = "bad", 3
	var s summary
	s.add(sc, false, []result{good, bad})
	s.add(sc, true, []result{good, broken})
	var b strings.Builder
	if err := s.write(&b); err != nil {
		t.Fatal(err)
	}
	const want = "good: 2 of 2 without a fault\nbad: 0 of 1 without a fault; TCP flood: bytes\nbroken: 0 of 1 without a fault; TLS flood: it has ended\n"
	if b.String() != want {
		t.Errorf("%s, want %s", b.String(), want)
	}
	if err := s.check([]string{"good"}); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"bad", "broken", "absent"} {
		if s.check([]string{"good", name}) == nil {
			t.Errorf("%s passes", name)
		}
	}
}
