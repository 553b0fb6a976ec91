package main

import (
	"fmt"
	"io"
	"strings"
)

// summary counts, for each server in the order in which they came, the tables
// in which it had no fault.
type summary struct {
	servers []string
	tables  map[string]int
	faults  map[string][]string // "TLS flood: memory"
}

// add takes a table's results.
func (s *summary) add(sc scenario, useTLS bool, results []result) {
	if s.tables == nil {
		s.tables, s.faults = make(map[string]int), make(map[string][]string)
	}
	for _, res := range results {
		if s.tables[res.server] == 0 {
			s.servers = append(s.servers, res.server)
		}
		s.tables[res.server]++
		what := strings.Join(res.faults(sc), ", ")
		if res.failure != "" {
			what = res.failure
		}
		if what != "" {
			s.faults[res.server] = append(s.faults[res.server], protocol(useTLS)+" "+sc.name+": "+what)
		}
	}
}

// write prints a line for each server.
func (s *summary) write(out io.Writer) error {
	for _, name := range s.servers {
		faults, all := s.faults[name], s.tables[name]
		line := fmt.Sprintf("%s: %d of %d without a fault", name, all-len(faults), all)
		if len(faults) > 0 {
			line += "; " + strings.Join(faults, "; ")
		}
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}

// check returns an error if one of the servers had a fault.
func (s *summary) check(strict []string) error {
	for _, name := range strict {
		switch {
		case s.tables[name] == 0:
			return fmt.Errorf("%s was in no table", name)
		case len(s.faults[name]) > 0:
			return fmt.Errorf("%s had faults", name)
		}
	}
	return nil
}

func protocol(useTLS bool) string {
	if useTLS {
		return "TLS"
	}
	return "TCP"
}
