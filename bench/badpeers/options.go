package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/pollux-net/pollux/bench/internal/peer"
)

// options are the runner's flags.
type options struct {
	servers   []peer.Server
	scenarios []scenario
	tls       *bool
	window    time.Duration
	limit     time.Duration
	scale     float64
	strict    []string
}

func parseOptions(args []string) (options, error) { return parseOptionsTo(os.Stderr, args) }

func parseOptionsTo(complaints io.Writer, args []string) (options, error) {
	opts := options{servers: servers(), scenarios: scenarios()}
	flags := flag.NewFlagSet("badpeers", flag.ContinueOnError)
	flags.SetOutput(complaints)
	flags.Func("servers", "`list` of servers (default "+peer.Names(servers())+")", func(text string) (err error) {
		opts.servers, err = peer.Pick(servers(), text)
		return err
	})
	flags.Func("scenarios", "`list` of scenarios (default "+scenarioNames()+")", func(text string) (err error) {
		opts.scenarios, err = pickScenarios(text)
		return err
	})
	flags.BoolFunc("tls", "only TLS; -tls=false: only plain TCP", func(text string) error {
		only, err := strconv.ParseBool(text)
		opts.tls = &only
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
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if opts.window <= 0 || opts.limit <= 0 || opts.scale <= 0 || opts.scale > 1 {
		return options{}, errors.New("-window and -limit must be positive, -scale at most 1")
	}
	return opts, nil
}
