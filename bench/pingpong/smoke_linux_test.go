//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// asProgram makes the test binary behave as pingpong, so that the runner's
// children are race-checked as well.
const asProgram = "PINGPONG_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// beProgram returns this binary, prepared to be run as pingpong, and the
// processors it may use. A race-enabled program sleeps a second before it
// exits unless told otherwise.
func beProgram(t *testing.T) (self string, cpus []int) {
	t.Helper()
	t.Setenv(asProgram, "1")
	t.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cpus, err = allowedCPUs()
	if err != nil {
		t.Fatal(err)
	}
	return self, cpus
}

func TestSmoke(t *testing.T) {
	self, cpus := beProgram(t)
	opts, err := parseOptions([]string{
		"-servers", "c,net,tls-net", "-runs", "1", "-conns", "3", "-size", "40000", "-loops", "1",
		"-warmup", "20ms", "-duration", "100ms", "-json", filepath.Join(t.TempDir(), "report.json"),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{opts: opts, self: self, progress: io.Discard}
	if err := r.build(t.TempDir()); err != nil {
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
	self, cpus := beProgram(t)
	opts, err := parseOptions([]string{
		"-udp", "-runs", "1", "-conns", "3", "-warmup", "20ms", "-duration", "100ms",
		"-json", filepath.Join(t.TempDir(), "report.json"),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &runner{opts: opts, self: self, progress: io.Discard}
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
			if e.Name == "c" && strings.HasPrefix(e.Failure, errAbsent.Error()) {
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
	self, cpus := beProgram(t)
	r := &runner{self: self, opts: options{buffer: 1, warmup: 1, duration: 1}}
	if _, err := startServer(r.serverCommand(server{name: "nobody"}, scenario{Loops: 1}), cpus); err == nil {
		t.Error("a server that does not exist has started")
	}
}
