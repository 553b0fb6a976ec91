package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/pollux-net/pollux/bench/internal/stats"
	"github.com/pollux-net/pollux/bench/internal/table"
)

// column is one figure of the tables.
type column struct {
	title  string
	figure func(sample) float64
	plain  bool // the median only, not the range
}

func columns() []column {
	return []column{
		{title: "cpu µs/req", figure: sample.cpuMicros},
		{title: "user", figure: sample.userMicros},
		{title: "sys", figure: sample.systemMicros},
		{title: "switches/req", figure: sample.switchRate},
		{title: "requests/s", figure: sample.throughput},
		{title: "p50 µs", figure: sample.p50Micros, plain: true},
		{title: "p99 µs", figure: sample.p99Micros, plain: true},
		{title: "busy", figure: sample.busy, plain: true},
		{title: "client", figure: sample.clientBusy, plain: true},
		{title: "noise", figure: sample.noise, plain: true},
	}
}

// writeTable prints a scenario: one line for each server, the machine's noise
// below.
func writeTable(out io.Writer, res result, opts options) error {
	header := []string{"server"}
	for _, c := range columns() {
		header = append(header, c.title)
	}
	bases := basesOf(res)
	for _, base := range bases {
		header = append(header, "×"+base.Name)
	}
	rows := [][]string{header}
	for _, e := range res.Entries {
		rows = append(rows, row(e, bases))
	}
	_, err := fmt.Fprintf(out, "\n%v; %s of %v\n\n%s\n%s\n", res.Scenario,
		table.Plural(opts.runs, "run"), opts.duration, table.Align(rows), noise(res))
	return err
}

// basesOf returns the baselines that took part.
func basesOf(res result) []*entry {
	var bases []*entry
	for _, e := range res.Entries {
		if slices.Contains(baselines(), e.Name) && len(e.Samples) > 0 {
			bases = append(bases, e)
		}
	}
	return bases
}

func row(e *entry, bases []*entry) []string {
	cells := []string{e.Name}
	if len(e.Samples) == 0 {
		return append(cells, e.Failure)
	}
	for _, c := range columns() {
		s := stats.Summarise(each(e.list(), c.figure))
		cell := table.Figure(s.Median)
		if !c.plain {
			cell += " [" + table.Figure(s.Min) + "-" + table.Figure(s.Max) + "]"
		}
		cells = append(cells, cell)
	}
	for _, base := range bases {
		cell := "-"
		if r, ok := pairedRatio(e.Samples, base.Samples, sample.cpuMicros); ok {
			cell = strconv.FormatFloat(r, 'f', 2, 64)
		}
		cells = append(cells, cell)
	}
	if e.Failure != "" {
		cells = append(cells, fmt.Sprintf("(failed in round %d: %s)", len(e.Samples)+1, e.Failure))
	}
	return cells
}

// list returns the samples in the order of the rounds.
func (e *entry) list() []sample {
	var list []sample
	for _, round := range slices.Sorted(maps.Keys(e.Samples)) {
		list = append(list, e.Samples[round])
	}
	return list
}

// noise says what else the machine did. The figures come from clock ticks, so
// a few per cent may be rounding.
func noise(res result) string {
	var all []sample
	for _, e := range res.Entries {
		all = append(all, e.list()...)
	}
	others, steal := stats.Summarise(each(all, sample.othersBusy)), stats.Summarise(each(all, sample.stolen))
	return fmt.Sprintf("noise: the rest of the machine used %s of a cpu (worst run %s), the hypervisor stole %s (worst run %s)\n",
		table.Percent(others.Median), table.Percent(others.Max), table.Percent(steal.Median), table.Percent(steal.Max))
}
