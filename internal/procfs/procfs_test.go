package procfs

import (
	"strings"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	const line = "42 (a ) (b) S 1 42 42 0 -1 4194304 100 0 0 0 150 350 7 8 20 0 1 0 5 6 7\n"
	user, system, err := parseStat([]byte(line))
	if err != nil || user != 1500*time.Millisecond || system != 3500*time.Millisecond {
		t.Errorf("got %v, %v, %v", user, system, err)
	}
	for _, bad := range []string{"", "42 (a) S 1", strings.Replace(line, "150", "x", 1)} {
		if _, _, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}

func TestParseSchedstat(t *testing.T) {
	if d, err := parseSchedstat([]byte("123456789 11 22\n")); err != nil || d != 123456789 {
		t.Errorf("got %v, %v", d, err)
	}
	for _, bad := range []string{"", "1 2", "x 1 2"} {
		if _, err := parseSchedstat([]byte(bad)); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}

func TestParseSwitches(t *testing.T) {
	const status = "Name:\tx\nThreads:\t3\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t7\n"
	if n, err := parseSwitches([]byte(status)); err != nil || n != 157 {
		t.Errorf("got %v, %v", n, err)
	}
	for _, bad := range []string{"", "voluntary_ctxt_switches:\t1\n", strings.Replace(status, "150", "?", 1)} {
		if _, err := parseSwitches([]byte(bad)); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}

func TestParseMachine(t *testing.T) {
	const stat = "cpu  100 10 200 9999 50 3 7 40 5 0\ncpu0 1 2 3\n"
	m, err := parseMachine([]byte(stat))
	if err != nil || m.Busy != 320*tick || m.Steal != 40*tick {
		t.Errorf("got %+v, %v", m, err)
	}
	for _, bad := range []string{"", "cpu0 1 2 3 4 5 6 7 8\n", "cpu 1 2 3\n", "cpu 1 2 3 4 5 6 7 x\n"} {
		if _, err := parseMachine([]byte(bad)); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}

func TestUsage(t *testing.T) {
	before := Accounts{
		user: 10 * tick, system: 10 * tick,
		tasks: map[int]task{1: {onCPU: 100, switches: 5}, 2: {onCPU: 200, switches: 6}},
	}
	after := Accounts{
		user: 11 * tick, system: 13 * tick,
		tasks: map[int]task{1: {onCPU: 500, switches: 7}, 2: {onCPU: 200, switches: 6}, 3: {onCPU: 400, switches: 2}},
	}
	if got, want := after.Since(before), (Usage{CPU: 800, User: 200, System: 600, Switches: 4}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	delete(after.tasks, 2)
	if got := after.Since(before).CPU; got != 4*tick {
		t.Errorf("a thread has ended: got %v, want the ticks", got)
	}
	if got := before.Since(before); got != (Usage{}) {
		t.Errorf("got %+v, want nothing", got)
	}
}
