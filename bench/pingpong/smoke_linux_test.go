//go:build linux

package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/bench/internal/child"
	"github.com/pollux-net/pollux/bench/internal/childtest"
	"github.com/pollux-net/pollux/bench/internal/peer"
)

func TestMain(m *testing.M) { childtest.Main(m, run) }

func TestSmoke(t *testing.T) {
	self, cpus := childtest.BeProgram(t)
	opts, err := parseOptions([]string{
		"-servers", "c,net,tls-net", "-runs", "1", "-conns", "3", "-size", "40000", "-loops", "1",
		"-warmup", "20ms", "-duration", "100ms", "-json", filepath.Join(t.TempDir(), "report.json"),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{opts: opts, self: self, progress: io.Discard}
	if r.programs, err = peer.Build(self, opts.servers, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	results, err := r.measure(scenarios(opts, cpus), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 2 {
		t.Fatalf("%d tables, want a plain and a TLS one", len(results))
	}
	if err := writeReport(opts.json, newReport(opts, results)); err != nil {
		t.Fatal(err)
	}
	checkReport(t, opts.json)
}

// TestSmokeDatagrams runs every server of datagrams.
func TestSmokeDatagrams(t *testing.T) {
	self, cpus := childtest.BeProgram(t)
	opts, err := parseOptions([]string{
		"-udp", "-runs", "1", "-conns", "3", "-warmup", "20ms", "-duration", "100ms",
		"-json", filepath.Join(t.TempDir(), "report.json"),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{opts: opts, self: self, progress: io.Discard}
	if r.programs, err = peer.Build(self, opts.servers, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	results, err := r.measure(scenarios(opts, cpus), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 1 || len(results[0].Entries) != 4 {
		t.Fatalf("%+v, want a table of four servers", results)
	}
	if err := writeReport(opts.json, newReport(opts, results)); err != nil {
		t.Fatal(err)
	}
	checkReport(t, opts.json)
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
			if e.Name == "c" && strings.HasPrefix(e.Failure, peer.ErrAbsent.Error()) {
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
	self, cpus := childtest.BeProgram(t)
	nobody := peer.Server{Name: "nobody"}
	programs, err := peer.Build(self, []peer.Server{nobody}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := child.Start(programs.Command(nobody, 1, 1), cpus); err == nil || !strings.Contains(err.Error(), "no server") {
		t.Errorf("a server that does not exist: %v", err)
	}
}
