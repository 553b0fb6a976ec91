package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// list names the mutants.
func list(out io.Writer, mutants []mutant) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, m := range mutants {
		fmt.Fprintf(table, "%s\t%s\t%s\n", m.name, m.file, m.what)
	}
	return table.Flush()
}

// progress says what became of a mutant, as soon as it is known.
func progress(out io.Writer, r result) {
	state := "caught"
	if r.survives() {
		state = "SURVIVES"
	}
	fmt.Fprintf(out, "%s: %s\n", r.mutant.name, state)
}

// survives reports whether everything that was tried has passed.
func (r *result) survives() bool { return r.goTest.caught == "" && r.python.caught == "" }

// String says who has caught a mutant.
func (v verdict) String() string {
	switch {
	case !v.tried:
		return "-"
	case v.caught == "":
		return "no"
	case v.hung:
		return v.caught + " (hangs)"
	}
	return v.caught
}

// summarize prints the table, and fails if a mutant has survived.
func summarize(out io.Writer, results []result, o options) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\nmutant\tby go test\tby conformance")
	var survivors []string
	byGo, byPython := 0, 0
	for _, r := range results {
		fmt.Fprintf(table, "%s\t%v\t%v\n", r.mutant.name, r.goTest, r.python)
		if r.goTest.caught != "" {
			byGo++
		}
		if r.python.caught != "" {
			byPython++
		}
		if r.survives() {
			survivors = append(survivors, r.mutant.name)
		}
	}
	err := table.Flush()
	fmt.Fprintf(out, "\n%d mutants, %d caught by go test", len(results), byGo)
	if o.conformance {
		fmt.Fprintf(out, ", %d by conformance", byPython)
	}
	fmt.Fprintf(out, ", %d survive\n", len(survivors))
	if len(survivors) > 0 {
		err = errors.Join(err, fmt.Errorf("these survive: %s", strings.Join(survivors, ", ")))
	}
	return err
}
