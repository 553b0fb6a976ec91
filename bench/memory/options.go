package main

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/pollux-net/pollux/bench/internal/lab"
	"github.com/pollux-net/pollux/bench/internal/table"
)

// options are the runner's flags.
type options struct {
	lab.Choice
	conns  []int
	rounds int
	free   bool
	limit  time.Duration
}

func parseOptions(args []string) (options, error) { return parseOptionsTo(os.Stderr, args) }

func parseOptionsTo(complaints io.Writer, args []string) (options, error) {
	opts := options{conns: []int{4000, 16000}}
	flags := opts.Flags("memory", complaints, servers())
	flags.Func("conns", "`list` of connection counts (default 4000,16000)", func(text string) (err error) {
		opts.conns, err = table.ParseInts(text, 1)
		return err
	})
	flags.IntVar(&opts.rounds, "rounds", 20, "rounds of mixed sizes")
	flags.BoolVar(&opts.free, "free", true, "have each server collect garbage and give back unused memory before it is measured")
	flags.DurationVar(&opts.limit, "limit", 5*time.Minute, "`time` for each step: opening, one round")
	if err := lab.Parse(flags, args); err != nil {
		return options{}, err
	}
	if opts.rounds < 2 || opts.limit <= 0 {
		return options{}, errors.New("-rounds must be 2 at least, -limit positive")
	}
	return opts, nil
}
