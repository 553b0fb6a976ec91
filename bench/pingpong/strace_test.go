package main

import (
	"strings"
	"testing"
	"time"
)

const straceTable = `% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.000100           1       200           sendto
 40.00    0.000080           1       200         3 recvfrom
  0.00    0.000000           0        50           epoll_pwait
------ ----------- ----------- --------- --------- ----------------
100.00    0.000180           0       450         3 total
`

func TestParseStrace(t *testing.T) {
	calls, err := parseStrace(straceTable)
	if err != nil || len(calls) != 3 || calls["recvfrom"] != 200 || calls["epoll_pwait"] != 50 {
		t.Errorf("got %v, %v", calls, err)
	}
	for _, bad := range []string{"", strings.Replace(straceTable, "200", "many", 1)} {
		if _, err := parseStrace(bad); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}

func TestCallsForEachRequest(t *testing.T) {
	calls, err := parseStrace(straceTable)
	if err != nil {
		t.Fatal(err)
	}
	res := result{Entries: []*entry{
		{Name: "x", Samples: map[int]sample{1: {Requests: 100, Calls: calls}, 2: {Requests: 100, Calls: calls}}},
		{Name: "y", Failure: "absent"},
	}}
	var out strings.Builder
	if err := writeCalls(&out, res, options{runs: 2, duration: time.Second}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"x       4.50       recvfrom 2.00, sendto 2.00, epoll_pwait 0.50\n", "y       absent\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
