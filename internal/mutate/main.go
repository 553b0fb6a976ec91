// Mutate shows that the tests notice bugs: it plants small ones, one at a
// time, and runs the tests that should fail.
//
//	go run ./internal/mutate                  # go test on every mutant
//	go run ./internal/mutate -conformance     # CPython's tests and the probes too
//	go run ./internal/mutate -run 'poll|tls'  # some of them, by name, file or description
//
// The bugs are in planted/*.txt, see [parse]. A bug is planted by an overlay of
// the go command: the tree stays as it is. Before anything is planted, all the
// tests that are named must pass. The result is a table; the status is 1 if a
// mutant that was tried survives everything that was tried on it, or does not
// compile, or the tests fail without it. Run it in the root of the module.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"time"
)

// options are the flags.
type options struct {
	conformance bool
	list        bool
	verbose     bool
	limit       time.Duration
	only        *regexp.Regexp
}

func main() {
	var o options
	only := flag.String("run", "", "only the mutants whose name, file or description matches")
	flag.BoolVar(&o.conformance, "conformance", false, "also run CPython's tests and the probes on each mutant")
	flag.BoolVar(&o.list, "list", false, "only list the mutants")
	flag.BoolVar(&o.verbose, "v", false, "show what the failing tests print")
	flag.DurationVar(&o.limit, "timeout", 10*time.Second, "what the tests of one package may take; longer is a hang")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if o.only, err = regexp.Compile(*only); err == nil {
		err = run(ctx, ".", o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// run tries the mutants in the module at root.
func run(ctx context.Context, root string, o options) (err error) {
	all, err := load()
	if err != nil {
		return err
	}
	mutants := selected(all, o)
	if o.list {
		return say(listing(mutants))
	}
	dir, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	l := &laboratory{root: root, dir: dir, options: o}
	if err := l.control(ctx, mutants); err != nil {
		return err
	}
	var results []result
	var failures []error
	for _, m := range mutants {
		r, err := l.try(ctx, m)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			failures = append(failures, fmt.Errorf("%s: %w", m.name, err))
		default:
			results = append(results, r)
			failures = append(failures, say(r.String()))
		}
	}
	text, err := summary(results, o)
	return errors.Join(append(failures, say(text), err)...)
}

// say prints.
func say(text string) error {
	_, err := os.Stdout.WriteString(text)
	return err
}

// selected are the mutants that are asked for, and that something is to be
// tried on.
func selected(all []mutant, o options) (some []mutant) {
	for _, m := range all {
		if o.only.MatchString(m.name+" "+m.file+" "+m.what) && (o.list || o.conformance || len(m.tests) > 0) {
			some = append(some, m)
		}
	}
	return some
}
