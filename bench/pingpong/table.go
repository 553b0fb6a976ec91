package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
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
		plural(opts.runs, "run"), opts.duration, align(rows), noise(res))
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
		s := summarise(each(e.list(), c.figure))
		cell := formatFigure(s.median)
		if !c.plain {
			cell += " [" + formatFigure(s.min) + "-" + formatFigure(s.max) + "]"
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
	others, steal := summarise(each(all, sample.othersBusy)), summarise(each(all, sample.stolen))
	return fmt.Sprintf("noise: the rest of the machine used %s of a cpu (worst run %s), the hypervisor stole %s (worst run %s)\n",
		percent(others.median), percent(others.max), percent(steal.median), percent(steal.max))
}

func percent(part float64) string { return strconv.FormatFloat(100*part, 'f', 0, 64) + " %" }

// formatFigure keeps three digits, and all of them of large numbers.
func formatFigure(v float64) string {
	switch {
	case v >= 10_000:
		return strconv.FormatFloat(v/1000, 'f', 1, 64) + "k"
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v >= 0.1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	default:
		return strconv.FormatFloat(v, 'f', 3, 64)
	}
}

// align sets columns two spaces apart. A row may be shorter or longer than the
// header; the last cell of a row never widens its column.
func align(rows [][]string) string {
	var widths []int
	for _, cells := range rows {
		for i, cell := range cells[:len(cells)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, cells := range rows {
		for i, cell := range cells {
			b.WriteString(cell)
			if i < len(cells)-1 {
				b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
