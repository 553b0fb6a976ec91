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
	"github.com/pollux-net/pollux/bench/internal/table"
)

// options are the runner's flags.
type options struct {
	servers []peer.Server
	conns   []int
	tls     *bool
	rounds  int
	free    bool
	limit   time.Duration
}

func parseOptions(args []string) (options, error) { return parseOptionsTo(os.Stderr, args) }

func parseOptionsTo(complaints io.Writer, args []string) (options, error) {
	opts := options{servers: servers(), conns: []int{4000, 16000}}
	flags := flag.NewFlagSet("memory", flag.ContinueOnError)
	flags.SetOutput(complaints)
	flags.Func("servers", "`list` of servers (default "+peer.Names(servers())+")", func(text string) (err error) {
		opts.servers, err = peer.Pick(servers(), text)
		return err
	})
	flags.Func("conns", "`list` of connection counts (default 4000,16000)", func(text string) (err error) {
		opts.conns, err = table.ParseInts(text, 1)
		return err
	})
	flags.BoolFunc("tls", "only TLS; -tls=false: only plain TCP", func(text string) error {
		only, err := strconv.ParseBool(text)
		opts.tls = &only
		return err
	})
	flags.IntVar(&opts.rounds, "rounds", 20, "rounds of mixed sizes")
	flags.BoolVar(&opts.free, "free", true, "have each server collect garbage and give back unused memory before it is measured")
	flags.DurationVar(&opts.limit, "limit", 5*time.Minute, "`time` for each step: opening, one round")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if opts.rounds < 2 || opts.limit <= 0 {
		return options{}, errors.New("-rounds must be 2 at least, -limit positive")
	}
	return opts, nil
}
