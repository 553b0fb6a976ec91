package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

//go:embed planted/*.txt
var planted embed.FS

// mutant is a bug to be planted.
type mutant struct {
	name   string
	what   string // what the bug is, in a line
	file   string // relative to the root of the module
	old    string // whole lines, each with its newline
	new    string
	tests  []goTest
	suites []suite
}

// goTest is a package, and which of its tests to try.
type goTest struct{ pkg, pattern string }

// suite is a suite of the conformance run and its arguments, see
// internal/pyconform/README.md.
type suite struct{ name, args string }

// load reads all of planted/.
func load() ([]mutant, error) {
	files, err := fs.Glob(planted, "planted/*.txt")
	if err != nil {
		return nil, err
	}
	var all []mutant
	var failures []error
	seen := make(map[string]bool)
	for _, file := range files {
		text, err := planted.ReadFile(file)
		if err != nil {
			return nil, err
		}
		some, err := parse(string(text))
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", path.Base(file), err))
		}
		for _, m := range some {
			if seen[m.name] {
				failures = append(failures, fmt.Errorf("%s: %s is there twice", path.Base(file), m.name))
			}
			seen[m.name] = true
		}
		all = append(all, some...)
	}
	return all, errors.Join(failures...)
}

// parse reads mutants: paragraphs of lines, apart by empty ones. The first
// lines say what it is,
//
//	mutant NAME
//	what   THE BUG, IN ONE LINE
//	file   PATH
//	test   PACKAGE PATTERN    what go test -run is to try; any number
//	suite  NAME ARGUMENTS     what make conformance is to try; any number
//
// and the others are the change, as in a diff: lines that begin with a space
// are context, with - are taken out, with + are put in. Lines that begin with #
// between paragraphs are comments.
func parse(text string) ([]mutant, error) {
	var all []mutant
	var failures []error
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		lines := strings.Split(strings.Trim(paragraph, "\n"), "\n")
		for len(lines) > 0 && (lines[0] == "" || lines[0][0] == '#') {
			lines = lines[1:]
		}
		if len(lines) == 0 {
			continue
		}
		var m mutant
		err := m.read(lines)
		if err == nil {
			err = m.check()
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("mutant %q: %w", m.name, err))
		}
		all = append(all, m)
	}
	return all, errors.Join(failures...)
}

func (m *mutant) read(lines []string) error {
	var before, after strings.Builder
	for _, line := range lines {
		switch rest := line[min(1, len(line)):]; line[:min(1, len(line))] {
		case " ":
			before.WriteString(rest + "\n")
			after.WriteString(rest + "\n")
		case "-":
			before.WriteString(rest + "\n")
		case "+":
			after.WriteString(rest + "\n")
		default:
			if err := m.field(line); err != nil {
				return err
			}
		}
	}
	m.old, m.new = before.String(), after.String()
	return nil
}

// field reads a line of the head.
func (m *mutant) field(line string) error {
	key, value, _ := strings.Cut(line, " ")
	value = strings.TrimSpace(value)
	first, rest, _ := strings.Cut(value, " ")
	rest = strings.TrimSpace(rest)
	switch key {
	case "mutant":
		m.name = value
	case "what":
		m.what = value
	case "file":
		m.file = value
	case "test":
		m.tests = append(m.tests, goTest{first, rest})
	case "suite":
		m.suites = append(m.suites, suite{first, rest})
	default:
		return fmt.Errorf("cannot read the line %q", line)
	}
	return nil
}

// check refuses a mutant that is not complete.
func (m *mutant) check() error {
	switch {
	case m.name == "" || m.what == "" || m.file == "":
		return errors.New("it needs a name, what it is, and a file")
	case m.old == m.new:
		return errors.New("it changes nothing")
	case m.old == "":
		return errors.New("it says not where")
	case len(m.tests)+len(m.suites) == 0:
		return errors.New("nothing is to be tried on it")
	}
	for _, t := range m.tests {
		if !strings.HasPrefix(t.pkg, "./") || t.pattern == "" {
			return fmt.Errorf("test %s: it needs a package, with ./, and a pattern", t.pkg)
		}
		if _, err := regexp.Compile(t.pattern); err != nil {
			return err
		}
	}
	for _, s := range m.suites {
		if s.args == "" {
			return fmt.Errorf("suite %s: all of it takes too long; name a test", s.name)
		}
	}
	return nil
}

// apply plants the bug in the text of the file, where it must find its place,
// and only one.
func (m *mutant) apply(text string) (string, error) {
	places, mutated := 0, ""
	for rest := text; rest != ""; {
		if strings.HasPrefix(rest, m.old) {
			places++
			mutated = text[:len(text)-len(rest)] + m.new + rest[len(m.old):]
		}
		_, rest, _ = strings.Cut(rest, "\n")
	}
	if places != 1 {
		return "", fmt.Errorf("%s has the place %d times, not once:\n%s", m.file, places, m.old)
	}
	return mutated, nil
}
