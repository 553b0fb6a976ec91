package main

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/pollux-net/pollux/bench/internal/lab"
	"github.com/pollux-net/pollux/bench/internal/peer"
	"github.com/pollux-net/pollux/bench/internal/table"
)

// options are the runner's flags. Empty lists mean the whole matrix.
type options struct {
	lab.Choice
	conns, sizes, loops    []int
	pipeline               []int
	serverCPUs, clientCPUs []int
	udp, http              bool // only UDP scenarios, only HTTP ones
	strace                 bool // count system calls instead
	runs                   int
	warmup, duration       time.Duration
	buffer, tlsBuffer      int
	json                   string
}

func parseOptions(args []string) (options, error) { return parseOptionsTo(os.Stderr, args) }

func parseOptionsTo(complaints io.Writer, args []string) (options, error) {
	var opts options
	flags := opts.Flags("pingpong", complaints, servers())
	numbers := func(name string, least int, list *[]int, usage string) {
		flags.Func(name, usage, func(text string) (err error) {
			*list, err = table.ParseInts(text, least)
			return err
		})
	}
	numbers("conns", 1, &opts.conns, "`list` of connection counts (default 1,64,1000; TLS: 64; UDP: 1,64; HTTP: 64,1000)")
	numbers("size", 1, &opts.sizes, "`list` of message sizes in bytes (default 64; TLS: 64,16384)")
	numbers("pipeline", 1, &opts.pipeline, "`list` of HTTP requests sent together (default 1,16)")
	numbers("loops", 1, &opts.loops, "`list` of event loop counts (default 1,2; TLS, UDP, HTTP: 1)")
	numbers("server-cpus", 0, &opts.serverCPUs, "`list` of processors for servers (default one for each loop)")
	numbers("client-cpus", 0, &opts.clientCPUs, "`list` of processors for the client (default the next one, or the server's)")
	flags.BoolVar(&opts.udp, "udp", false, "only UDP scenarios, which are not part of the matrix otherwise")
	flags.BoolVar(&opts.http, "http", false, "only HTTP/1.1 scenarios, the same")
	flags.BoolVar(&opts.strace, "strace", false, "count the servers' system calls with strace, which slows them down, and nothing else")
	flags.IntVar(&opts.runs, "runs", 5, "runs of each server in each scenario")
	flags.DurationVar(&opts.duration, "duration", 2*time.Second, "measured time of a run")
	flags.DurationVar(&opts.warmup, "warmup", 500*time.Millisecond, "time before that")
	flags.IntVar(&opts.buffer, "buffer", peer.PlainBuffer, "`bytes` a plain goroutine-per-connection server reads at once")
	flags.IntVar(&opts.tlsBuffer, "tls-buffer", peer.TLSBuffer, "the same for a TLS server")
	flags.StringVar(&opts.json, "json", "", "`file` for all samples")
	if err := lab.Parse(flags, args); err != nil {
		return options{}, err
	}
	return opts, opts.check()
}

func (o options) check() error {
	if o.runs < 1 || o.duration <= 0 || o.warmup < 0 || o.buffer < 1 || o.tlsBuffer < 1 {
		return errors.New("-runs, -duration and the buffers must be positive")
	}
	if o.udp && o.http {
		return errors.New("-udp and -http exclude each other")
	}
	return nil
}
