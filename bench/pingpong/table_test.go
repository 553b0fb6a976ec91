package main

import (
	"strings"
	"testing"
	"time"
)

func TestTable(t *testing.T) {
	micros := func(n int) sample {
		return sample{
			Requests: 1000, Elapsed: time.Second, CPU: time.Duration(n) * time.Millisecond,
			System: time.Duration(n) * time.Millisecond, Switches: 20, Others: 30 * time.Millisecond,
		}
	}
	res := result{
		Scenario: scenario{Size: 64, Conns: 1, Loops: 2, ServerCPUs: []int{0, 1}, ClientCPUs: []int{0, 1}},
		Entries: []*entry{
			{Name: "c", Failure: "absent: no C compiler"},
			{Name: "net", Samples: map[int]sample{1: micros(10), 2: micros(20)}},
			{Name: "other", Samples: map[int]sample{1: micros(5)}, Failure: "broken"},
		},
	}
	var out strings.Builder
	if err := writeTable(&out, res, options{runs: 2, duration: time.Second}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"TCP, 64 B, 1 connection, 2 loops (server on cpu 0,1, client on cpu 0,1); 2 runs of 1s",
		"absent: no C compiler",
		"15.0 [10.0-20.0]",
		"0.50  (failed in round 2: broken)",
		"the rest of the machine used 3 % of a cpu",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "×c") {
		t.Errorf("a ratio to an absent server in\n%s", out.String())
	}
}
