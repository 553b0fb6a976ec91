package main

import (
	"errors"
	"fmt"
	"strings"
)

// survives reports whether everything that was tried has passed.
func (r *result) survives() bool { return r.goTest.caught == "" && r.python.caught == "" }

// String says what became of a mutant.
func (r *result) String() string {
	if r.survives() {
		return r.mutant.name + ": SURVIVES\n"
	}
	return r.mutant.name + ": caught\n"
}

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

// listing names the mutants.
func listing(mutants []mutant) string {
	var rows [][3]string
	for _, m := range mutants {
		rows = append(rows, [3]string{m.name, m.file, m.what})
	}
	return columns(rows)
}

// columns puts rows under each other.
func columns(rows [][3]string) string {
	var width [2]int
	for _, row := range rows {
		for i := range width {
			width[i] = max(width[i], len(row[i]))
		}
	}
	var text strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&text, "%-*s  %-*s  %s\n", width[0], row[0], width[1], row[1], row[2])
	}
	return text.String()
}

// summary is the table. The error names the mutants that survive.
func summary(results []result, o options) (string, error) {
	rows := [][3]string{{"mutant", "by go test", "by conformance"}}
	var survivors []string
	byGo, byPython := 0, 0
	for _, r := range results {
		rows = append(rows, [3]string{r.mutant.name, r.goTest.String(), r.python.String()})
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
	count := fmt.Sprintf("%d mutants, %d caught by go test", len(results), byGo)
	if o.conformance {
		count += fmt.Sprintf(", %d by conformance", byPython)
	}
	text := fmt.Sprintf("\n%s\n%s, %d survive\n", columns(rows), count, len(survivors))
	if len(survivors) > 0 {
		return text, errors.New("these survive: " + strings.Join(survivors, ", "))
	}
	return text, nil
}
