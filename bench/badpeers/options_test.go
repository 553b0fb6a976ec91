package main

import (
	"io"
	"testing"
)

func TestOptions(t *testing.T) {
	opts, err := parseOptions([]string{"-servers", "net, pollux", "-scenarios", "flood,emfile", "-tls=false"})
	if err != nil {
		t.Fatal(err)
	}
	if len(opts.Servers) != 2 || len(opts.scenarios) != 2 || opts.scenarios[1].nofile != 64 || *opts.TLS {
		t.Errorf("got %+v", opts)
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, args := range [][]string{
		{"-servers", "nobody"}, {"-scenarios", "nothing"}, {"-window", "0s"}, {"-scale", "2"}, {"-tls=maybe"}, {"extra"},
	} {
		if _, err := parseOptionsTo(io.Discard, args); err == nil {
			t.Errorf("no error for %q", args)
		}
	}
}

func TestScenariosAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, sc := range scenarios() {
		if seen[sc.name] || sc.about == "" || sc.attack == nil || sc.live < 1 || !sc.plain && !sc.tls {
			t.Errorf("bad entry %q", sc.name)
		}
		seen[sc.name] = true
	}
}
