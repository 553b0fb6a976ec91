package main

import (
	"strings"
	"testing"
)

func TestTableHasKBForEachConnection(t *testing.T) {
	const conns = 1024
	res := result{
		server: "x", base: 1 << 20, accepted: 2 << 20, echoed: 3 << 20,
		rounds: []int64{4 << 20, 5 << 20, 5 << 20, 5 << 20, 5 << 20, 5 << 20, 8 << 20, 6 << 20},
	}
	var out strings.Builder
	if err := writeTable(&out, options{rounds: 8, free: true}, conns, true, []result{res, {server: "y", failure: "absent"}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"TLS, 1024 idle connections", "gives back unused memory", "round 8",
		"x       1.00     1.00      2.00      3.00     5.00     3.00  -2.00", "y       absent",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if got := figure(-512*conns, conns); got != "-0.50" {
		t.Errorf("got %q", got)
	}
}

func TestOptionsRefused(t *testing.T) {
	for _, args := range [][]string{{"-servers", "nobody"}, {"-conns", "0"}, {"-rounds", "1"}, {"-limit", "0s"}, {"extra"}} {
		var complaints strings.Builder
		if _, err := parseOptionsTo(&complaints, args); err == nil {
			t.Errorf("no error for %q", args)
		}
	}
}
