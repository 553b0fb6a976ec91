//go:build linux

package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/bench/internal/childtest"
)

func TestMain(m *testing.M) { childtest.Main(m, program.Run) }

// TestSmoke has every scenario measured once, briefly and with few bad peers.
func TestSmoke(t *testing.T) {
	for _, args := range [][]string{
		{"-tls=false", "-servers", "pollux"},
		{"-tls", "-servers", "tls-net"},
	} {
		t.Run(args[0], func(t *testing.T) {
			smoke(t, args)
		})
	}
}

func smoke(t *testing.T, args []string) {
	t.Helper()
	opts, err := parseOptions(append(args, "-scale", "0.01", "-window", "50ms"))
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{opts: opts, lab: childtest.Lab(t, opts.Servers)}
	for _, sc := range opts.scenarios {
		if *opts.TLS && !sc.tls || !*opts.TLS && !sc.plain {
			continue
		}
		sc.live = 3
		results := r.scenario(sc, *opts.TLS)
		if len(results) != 1 {
			t.Fatalf("%s: %d results", sc.name, len(results))
		}
		if res := results[0]; res.failure != "" || res.outcome.Conns == 0 || res.outcome.Lost != 0 || res.outcome.Failed != 0 || res.end.Failed != 0 {
			t.Errorf("%s: %+v", sc.name, res)
		}
		if err := writeTable(io.Discard, sc, *opts.TLS, results); err != nil {
			t.Error(err)
		}
	}
}

// TestAServerThatLosesBytes must not look well.
func TestAServerThatLosesBytes(t *testing.T) {
	sc, err := findScenario("late-reader")
	if err != nil {
		t.Fatal(err)
	}
	good := result{
		before:  liveReport{Echoes: 100, P99: time.Millisecond},
		after:   liveReport{Echoes: 90, P99: 2 * time.Millisecond},
		outcome: outcome{Conns: 1},
	}
	if got := good.faults(sc); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	good.after = liveReport{} // not one echo has come
	if got := strings.Join(good.faults(sc), " "); got != "latency" {
		t.Errorf("got %q", got)
	}
	bad := result{
		before:  liveReport{P99: time.Millisecond},
		after:   liveReport{P99: time.Second},
		end:     liveReport{Failed: 1},
		outcome: outcome{Conns: 2, Lost: 1, Failed: 1},
		quiet:   0.01, busy: 1, grown: 5 << 20, left: 1,
	}
	const want = "bytes refused memory cpu latency live descriptors"
	if got := strings.Join(bad.faults(sc), " "); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	sc.active = true
	if got := strings.Join(bad.faults(sc), " "); strings.Contains(got, "cpu") {
		t.Errorf("an active scenario: got %q", got)
	}
}
