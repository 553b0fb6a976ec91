package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pollux-net/pollux/bench/internal/table"
)

// rareCall is how often a system call must be made for each request to be
// shown.
const rareCall = 0.001

// parseStrace reads the table that strace -c prints: of each line, the number
// of calls is the fourth field and the name is the last.
func parseStrace(text string) (map[string]int64, error) {
	calls := map[string]int64{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) < 5 || fields[len(fields)-1] == "total" || strings.HasPrefix(fields[0], "%") || strings.HasPrefix(fields[0], "-") {
			continue
		}
		n, err := strconv.ParseInt(fields[3], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("strace: %q: %w", line, err)
		}
		calls[fields[len(fields)-1]] = n
	}
	if len(calls) == 0 {
		return nil, fmt.Errorf("strace has counted nothing: %q", text)
	}
	return calls, nil
}

// writeCalls prints a scenario: what each server calls for a request.
func writeCalls(out io.Writer, res result, opts options) error {
	rows := [][]string{{"server", "calls/req", "which"}}
	for _, e := range res.Entries {
		if len(e.Samples) == 0 {
			rows = append(rows, []string{e.Name, e.Failure})
			continue
		}
		rows = append(rows, callsRow(e))
	}
	_, err := fmt.Fprintf(out, "\n%v; system calls of %s of %v\n\n%s\n", res.Scenario,
		table.Plural(opts.runs, "run"), opts.duration, table.Align(rows))
	return err
}

// callsRow adds up the runs: counts have no median to look for.
func callsRow(e *entry) []string {
	sum, all, requests := map[string]int64{}, int64(0), int64(0)
	for _, s := range e.list() {
		requests += s.Requests
		for name, n := range s.Calls {
			sum[name] += n
			all += n
		}
	}
	rate := func(n int64) float64 { return float64(n) / float64(max(1, requests)) }
	names := slices.SortedFunc(maps.Keys(sum), func(a, b string) int {
		return cmp.Or(cmp.Compare(sum[b], sum[a]), strings.Compare(a, b))
	})
	var which []string
	for _, name := range names {
		if rate(sum[name]) >= rareCall {
			which = append(which, name+" "+table.Figure(rate(sum[name])))
		}
	}
	return []string{e.Name, table.Figure(rate(all)), strings.Join(which, ", ")}
}
