package main

import (
	"embed"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

//go:embed rows_*.txt
var rowFiles embed.FS

// row is a promise: a name of Python's, with the case if there are several,
// and what comes of it.
type row struct{ name, promise string }

// table is the rows of a package.
type table struct {
	source string   // the file of rows
	dir    string   // the package, from the root of the module
	subs   []string // packages in it whose tests count, too
	rows   []row
}

// tables reads every file of rows.
func tables() ([]table, error) {
	files, err := rowFiles.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var all []table
	for _, f := range files {
		text, err := rowFiles.ReadFile(f.Name())
		if err != nil {
			return nil, err
		}
		t, err := parse(f.Name(), string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// parse reads a file of rows: "package", a directory and those in it that
// belong to it, then "name | promise" lines; empty lines and those that begin
// with # are for the reader.
func parse(source, text string) (table, error) {
	t := table{source: source}
	seen := make(map[string]bool)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		dirs, isPackage := strings.CutPrefix(line, "package ")
		name, promise, isRow := strings.Cut(line, " | ")
		switch {
		case line == "" || line[0] == '#':
		case isPackage && t.dir == "":
			all := strings.Fields(dirs)
			t.dir, t.subs = all[0], all[1:]
		case !isRow || t.dir == "":
			return t, fmt.Errorf("%s: %q is no row", source, line)
		case seen[name]:
			return t, fmt.Errorf("%s: %q is there twice", source, name)
		default:
			seen[name] = true
			t.rows = append(t.rows, row{name, promise})
		}
	}
	return t, nil
}

// file is where the table is written to.
func (t table) file(root string) string {
	return filepath.Join(root, t.dir, "testdata", "inventory.txt")
}

// text is the table with the tests of each row.
func (t table) text(found map[string][]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Written by go run ./internal/inventory, of internal/inventory/%s.\n", t.source)
	b.WriteString("# Python name and case | what is promised | tests\n\n")
	for _, r := range t.rows {
		fmt.Fprintf(&b, "%s | %s | %s\n", r.name, r.promise, strings.Join(found[r.name], " "))
	}
	return b.String()
}

// collect finds the tests of each row. Its error names the rows without a test
// and the directives without a row; what was found is valid nevertheless.
func (t table) collect(root string) (map[string][]string, error) {
	directives, err := t.directives(root)
	if err != nil {
		return nil, err
	}
	found := make(map[string][]string)
	var failures []error
	for _, d := range directives {
		if !slices.ContainsFunc(t.rows, func(r row) bool { return r.name == d.row }) {
			failures = append(failures, fmt.Errorf("%s: %s has no row %q", d.where, t.source, d.row))
		}
		if d.test == "" {
			failures = append(failures, fmt.Errorf("%s: %q is in no test", d.where, d.row))
		} else if !slices.Contains(found[d.row], d.test) {
			found[d.row] = append(found[d.row], d.test)
		}
	}
	for _, r := range t.rows {
		slices.Sort(found[r.name])
		if len(found[r.name]) == 0 {
			failures = append(failures, fmt.Errorf("%s: no test of %q", t.source, r.name))
		}
	}
	return found, errors.Join(failures...)
}

// directives finds those of the package and of the packages in it, whose names
// go before those of their tests.
func (t table) directives(root string) ([]directive, error) {
	all, err := directives(filepath.Join(root, t.dir))
	if err != nil {
		return nil, err
	}
	for _, sub := range t.subs {
		more, err := directives(filepath.Join(root, t.dir, sub))
		if err != nil {
			return nil, err
		}
		for _, d := range more {
			if d.test != "" {
				d.test = sub + "." + d.test
			}
			all = append(all, d)
		}
	}
	return all, nil
}
