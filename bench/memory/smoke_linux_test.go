//go:build linux

package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/bench/internal/child"
	"github.com/pollux-net/pollux/bench/internal/childtest"
	"github.com/pollux-net/pollux/bench/internal/peer"
)

func TestMain(m *testing.M) { childtest.Main(m, program.Run) }

// TestSmoke measures every server once, with few connections.
func TestSmoke(t *testing.T) {
	opts, err := parseOptions([]string{"-conns", "70", "-rounds", "2"})
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{opts: opts, lab: childtest.Lab(t, opts.Servers)}
	for _, useTLS := range []bool{false, true} {
		results := r.table(opts.conns[0], useTLS)
		if len(results) < 3 {
			t.Fatalf("%d servers", len(results))
		}
		for _, res := range results {
			if strings.HasPrefix(res.failure, peer.ErrAbsent.Error()) {
				continue
			}
			if res.failure != "" || res.base <= 0 || res.accepted <= 0 || res.echoed <= 0 || len(res.rounds) != 2 {
				t.Errorf("%+v", res)
			}
		}
		if err := writeTable(io.Discard, opts, opts.conns[0], useTLS, results); err != nil {
			t.Error(err)
		}
	}
}

// TestTooManyConnectionsAreSkipped and the table says why.
func TestTooManyConnectionsAreSkipped(t *testing.T) {
	limit, err := child.RaiseDescriptors(1)
	if err != nil {
		t.Fatal(err)
	}
	const impossible = 2_000_000_000 // more than fs.nr_open can be
	r := &runner{opts: options{conns: []int{impossible}, limit: time.Second}}
	var out strings.Builder
	if err := r.measure(&out); err == nil || !strings.Contains(out.String(), "skipped: 2000000000 connections") {
		t.Errorf("with a limit of %d: %v, %q", limit, err, out.String())
	}
}
