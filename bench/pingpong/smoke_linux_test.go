//go:build linux

package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/bench/internal/child"
	"github.com/pollux-net/pollux/bench/internal/childtest"
	"github.com/pollux-net/pollux/bench/internal/peer"
)

func TestMain(m *testing.M) { childtest.Main(m, program.Run) }

// measured is a run with these flags, in which this binary is the program.
func measured(t *testing.T, args ...string) (options, []result) {
	t.Helper()
	opts, err := parseOptions(args)
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{opts: opts, lab: childtest.Lab(t, opts.Servers), progress: io.Discard}
	results, err := r.measure(scenarios(opts, r.lab.CPUs), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return opts, results
}

// reported is a run whose report is written, and looked at.
func reported(t *testing.T, args ...string) []result {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	opts, results := measured(t, append(args, "-json", file)...)
	if err := writeReport(opts.json, newReport(opts, results)); err != nil {
		t.Fatal(err)
	}
	checkReport(t, file)
	return results
}

func TestSmoke(t *testing.T) {
	results := reported(t,
		"-servers", "c,net,tls-net", "-runs", "1", "-conns", "3", "-size", "40000", "-loops", "1",
		"-warmup", "20ms", "-duration", "100ms",
	)
	if len(results) != 2 {
		t.Fatalf("%d tables, want a plain and a TLS one", len(results))
	}
}

// TestSmokeDatagrams runs every server of datagrams.
func TestSmokeDatagrams(t *testing.T) {
	results := reported(t,
		"-udp", "-runs", "1", "-conns", "3", "-warmup", "20ms", "-duration", "100ms",
	)
	if len(results) != 1 || len(results[0].Entries) != 4 {
		t.Fatalf("%+v, want a table of four servers", results)
	}
}

// TestSmokePages runs every server of HTTP, plain and TLS, pipelined and not.
func TestSmokePages(t *testing.T) {
	results := reported(t,
		"-http", "-runs", "1", "-conns", "3", "-pipeline", "1,70", "-warmup", "20ms", "-duration", "100ms",
	)
	if len(results) != 4 || len(results[0].Entries) != 4 || len(results[2].Entries) != 3 {
		t.Fatalf("%+v, want two tables of four servers and two of three", results)
	}
}

// TestSmokeSystemCalls counts those of an echo, where there is strace.
func TestSmokeSystemCalls(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip(err)
	}
	_, results := measured(t,
		"-strace", "-tls=false", "-servers", "pollux", "-runs", "1", "-conns", "3", "-loops", "1", "-warmup", "20ms", "-duration", "100ms",
	)
	e := results[0].Entries[0]
	if strings.Contains(e.Failure, "did not attach") {
		t.Skip(e.Failure) // ptrace is forbidden here
	}
	s := e.Samples[1]
	if e.Failure != "" || s.Requests == 0 || s.Calls["recvfrom"] < s.Requests || s.Calls["sendto"] < s.Requests {
		t.Errorf("%s %+v", e.Failure, s)
	}
}

func checkReport(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for _, res := range got.Results {
		for _, e := range res.Entries {
			if strings.HasPrefix(e.Failure, peer.ErrAbsent.Error()) {
				continue
			}
			s := e.Samples[1]
			if e.Failure != "" || s.Requests < 1 || s.CPU <= 0 || s.Elapsed < 100*time.Millisecond || s.P99 < s.P50 {
				t.Errorf("%v, %s: %s %+v", res.Scenario, e.Name, e.Failure, s)
			}
		}
	}
}

func TestStartServerReportsWhyItFailed(t *testing.T) {
	nobody := peer.Server{Name: "nobody"}
	l := childtest.Lab(t, []peer.Server{nobody})
	err := l.Serve(nobody, 1, 1, l.Server, func(*child.Child) error {
		t.Error("it serves")
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "no server") {
		t.Errorf("a server that does not exist: %v", err)
	}
}
