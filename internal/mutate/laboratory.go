package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// laboratory runs tests on mutants.
type laboratory struct {
	options
	root string
	dir  string // temporary
}

// result is what became of a mutant.
type result struct {
	mutant mutant
	goTest verdict
	python verdict
}

// verdict is what one kind of tests said. The zero value is none: not tried.
type verdict struct {
	tried  bool
	caught string // by which test; "" if all passed
	hung   bool
}

// control runs all tests that are named, on the tree as it is: what fails
// there catches nothing.
func (l *laboratory) control(ctx context.Context, mutants []mutant) error {
	patterns := make(map[string][]string)
	var pkgs []string
	for _, m := range mutants {
		for _, t := range m.tests {
			if patterns[t.pkg] == nil {
				pkgs = append(pkgs, t.pkg)
			}
			patterns[t.pkg] = append(patterns[t.pkg], t.pattern)
		}
	}
	for _, pkg := range pkgs {
		all := goTest{pkg, strings.Join(patterns[pkg], "|")}
		v, out, err := l.goTest(ctx, all, "", 5*l.limit)
		if err == nil && v.caught != "" {
			err = fmt.Errorf("%s fails without a bug", v.caught)
		}
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", pkg, err, out)
		}
	}
	return nil
}

// try plants a bug and runs the tests. The error is one of the data, or of
// the machine.
func (l *laboratory) try(ctx context.Context, m mutant) (result, error) {
	r := result{mutant: m}
	overlay, err := l.plant(m)
	if err != nil {
		return r, err
	}
	for _, t := range m.tests {
		v, out, err := l.goTest(ctx, t, overlay, l.limit)
		if err != nil {
			return r, err
		}
		r.goTest = v
		if v.caught != "" {
			l.show(m, out)
			break
		}
	}
	if l.conformance && len(m.suites) > 0 {
		var out string
		if r.python, out, err = l.python(ctx, m, overlay); err != nil {
			return r, err
		}
		l.show(m, out)
	}
	return r, nil
}

// show prints, if that is wanted, what the tests have printed.
func (l *laboratory) show(m mutant, out string) {
	if l.verbose {
		fmt.Fprintf(os.Stderr, "--- %s\n%s\n", m.name, out)
	}
}

// plant writes the changed file and the overlay that puts it in place, whose
// name it returns.
func (l *laboratory) plant(m mutant) (overlay string, err error) {
	file, err := filepath.Abs(filepath.Join(l.root, m.file))
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	mutated, err := m.apply(string(text))
	if err != nil {
		return "", err
	}
	changed := filepath.Join(l.dir, m.name+".go")
	overlay = filepath.Join(l.dir, m.name+".json")
	description, err := json.Marshal(map[string]any{"Replace": map[string]string{file: changed}})
	return overlay, errors.Join(err, os.WriteFile(changed, []byte(mutated), 0o600), os.WriteFile(overlay, description, 0o600))
}

// patience is what a command may take beyond its own limit, to compile and to
// give up.
const patience = 5 * time.Minute

// command runs a command in the root of the module and gives what it prints. A
// status other than 0 is no error, but one that is killed is.
func (l *laboratory) command(ctx context.Context, limit time.Duration, name string, args ...string) (ok bool, out string, err error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = l.root
	cmd.WaitDelay = time.Second // its children may hold the pipe
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	err = cmd.Run()
	var status *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return false, both.String(), ctx.Err()
	case errors.As(err, &status):
		return false, both.String(), nil
	}
	return err == nil, both.String(), err
}
