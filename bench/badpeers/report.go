package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/pollux-net/pollux/bench/internal/table"
)

// What is still good.
const (
	goodMemory = 1 << 20               // bytes for each bad connection
	goodCPU    = 0.05                  // of a processor, for a server that has nothing to do
	goodP99    = 20 * time.Millisecond // of the live connections
)

// writeTable prints a scenario: one line for each server.
func writeTable(out io.Writer, sc scenario, useTLS bool, results []result) error {
	rows := [][]string{{
		"server", "lost B", "failed", "rss MB", "KB/bad", "cpu before", "cpu bad",
		"p50 µs", "bad", "p99 µs", "bad", "end", "live failed", "fds left", "slowest ms", "faults",
	}}
	for _, res := range results {
		rows = append(rows, row(sc, res))
	}
	_, err := fmt.Fprintf(out, "\n%s, %s: %s; %s\n\n%s\n", protocol(useTLS), sc.name, sc.about,
		table.Plural(sc.live, "live connection"), table.Align(rows))
	return err
}

func row(sc scenario, res result) []string {
	if res.failure != "" {
		return []string{res.server, res.failure}
	}
	faults := strings.Join(res.faults(sc), " ")
	if faults == "" {
		faults = "none"
	}
	if res.outcome.Note != "" {
		faults += " (" + res.outcome.Note + ")"
	}
	return []string{
		res.server, strconv.FormatInt(res.outcome.Lost, 10), strconv.Itoa(res.outcome.Failed),
		table.Figure(float64(res.grown) / (1 << 20)), table.Figure(res.perBad() / 1024),
		table.Figure(res.quiet), table.Figure(res.busy),
		res.before.micros(res.before.P50), res.after.micros(res.after.P50),
		res.before.micros(res.before.P99), res.after.micros(res.after.P99), res.end.micros(res.end.P99),
		strconv.Itoa(res.end.Failed), strconv.Itoa(res.left),
		strconv.FormatInt(res.outcome.Slowest.Milliseconds(), 10), faults,
	}
}

// micros is a quantile of the report, which has none without an echo.
func (l liveReport) micros(d time.Duration) string {
	if l.Echoes == 0 {
		return "-"
	}
	return table.Figure(float64(d) / float64(time.Microsecond))
}

func (r result) perBad() float64 { return float64(r.grown) / float64(max(1, r.outcome.Conns)) }

// faults names what a server should not have done.
func (r result) faults(sc scenario) []string {
	var list []string
	for _, f := range []struct {
		name string
		is   bool
	}{
		{"bytes", r.outcome.Lost != 0},
		{"refused", r.outcome.Failed > 0},
		{"memory", r.perBad() > goodMemory},
		{"cpu", !sc.active && r.busy-r.quiet > goodCPU},
		{"latency", r.after.P99 > max(goodP99, 5*r.before.P99) || r.after.Echoes < r.before.Echoes/2},
		{"live", r.end.Failed > 0},
		{"descriptors", r.left > 0},
	} {
		if f.is {
			list = append(list, f.name)
		}
	}
	return list
}
