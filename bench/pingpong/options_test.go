package main

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

func TestOptionsDefaultToTheWholeMatrix(t *testing.T) {
	opts, err := parseOptions(nil)
	if err != nil {
		t.Fatal(err)
	}
	if opts.runs < 5 || len(opts.Servers) != len(servers()) || opts.TLS != nil {
		t.Errorf("got %+v", opts)
	}
	all := scenarios(opts, []int{0, 1})
	if len(all) != 8 {
		t.Errorf("%d scenarios, want 3 x 2 plain and 2 TLS", len(all))
	}
}

func TestOptionsNarrowTheMatrix(t *testing.T) {
	opts, err := parseOptions([]string{
		"-conns", "7, 8", "-size=100", "-loops", "1", "-tls=false", "-servers", "net,c",
		"-runs", "2", "-duration", "1s", "-client-cpus", "5",
	})
	if err != nil {
		t.Fatal(err)
	}
	if opts.runs != 2 || opts.duration != time.Second || opts.Servers[0].Name != "net" || opts.Servers[1].Name != "c" {
		t.Errorf("got %+v", opts)
	}
	all := scenarios(opts, []int{2, 3})
	if len(all) != 2 {
		t.Fatalf("got %v", all)
	}
	got := all[1]
	if got.TLS || got.Conns != 8 || got.Size != 100 || got.Loops != 1 ||
		!slices.Equal(got.ServerCPUs, []int{2}) || !slices.Equal(got.ClientCPUs, []int{5}) {
		t.Errorf("got %+v", got)
	}
}

func TestOptionsDatagrams(t *testing.T) {
	opts, err := parseOptions([]string{"-udp", "-size", "32"})
	if err != nil {
		t.Fatal(err)
	}
	all := scenarios(opts, []int{0, 1})
	if len(all) != 2 || !all[0].UDP || all[0].Conns != 1 || all[1].Conns != 64 || all[1].Size != 32 || all[1].Loops != 1 {
		t.Errorf("got %+v", all)
	}
	if got := all[0].String(); !strings.HasPrefix(got, "UDP, 32 B, 1 connection") {
		t.Error(got)
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, args := range [][]string{
		{"-conns", "0"},
		{"-conns", "x"},
		{"-conns", ""},
		{"-servers", "nobody"},
		{"-runs", "0"},
		{"-duration", "0s"},
		{"-tls=maybe"},
		{"extra"},
	} {
		if _, err := parseOptionsTo(io.Discard, args); err == nil {
			t.Errorf("no error for %q", args)
		}
	}
}

func TestServersAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range servers() {
		if seen[s.Name] || s.Name == "" || (s.Serve == nil) == (s.Build == nil) {
			t.Errorf("bad entry %q", s.Name)
		}
		seen[s.Name] = true
	}
	for _, name := range baselines() {
		if !seen[name] {
			t.Errorf("no server %q to compare with", name)
		}
	}
	if err := peer.Command(servers(), []string{"nobody"}); err == nil || errors.Is(err, peer.ErrAbsent) {
		t.Errorf("got %v", err)
	}
}
