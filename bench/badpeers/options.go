package main

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/pollux-net/pollux/bench/internal/lab"
	"github.com/pollux-net/pollux/bench/internal/peer"
)

// options are the runner's flags.
type options struct {
	lab.Choice
	scenarios []scenario
	window    time.Duration
	limit     time.Duration
	scale     float64
	strict    []string
}

func parseOptions(args []string) (options, error) { return parseOptionsTo(os.Stderr, args) }

func parseOptionsTo(complaints io.Writer, args []string) (options, error) {
	opts := options{scenarios: scenarios()}
	flags := opts.Flags("badpeers", complaints, servers())
	flags.Func("scenarios", "`list` of scenarios (default "+scenarioNames()+")", func(text string) (err error) {
		opts.scenarios, err = pickScenarios(text)
		return err
	})
	flags.Func("strict", "`list` of servers whose faults are a failure", func(text string) error {
		picked, err := peer.Pick(servers(), text)
		for _, s := range picked {
			opts.strict = append(opts.strict, s.Name)
		}
		return err
	})
	flags.DurationVar(&opts.window, "window", time.Second, "measured `time` without the bad peers, and with them")
	flags.DurationVar(&opts.limit, "limit", 30*time.Second, "`time` the bad peers get to receive what they are owed")
	flags.Float64Var(&opts.scale, "scale", 1, "`part` of the bad peers' bytes and connections")
	if err := lab.Parse(flags, args); err != nil {
		return options{}, err
	}
	if opts.window <= 0 || opts.limit <= 0 || opts.scale <= 0 || opts.scale > 1 {
		return options{}, errors.New("-window and -limit must be positive, -scale at most 1")
	}
	return opts, nil
}
