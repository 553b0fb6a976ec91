package main

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"time"
)

// load is what the client is to do.
type load struct {
	addr      string
	serverPID int
	conns     int
	size      int // of a message, without HTTP
	pipeline  int // HTTP requests to a message, 0 without HTTP
	tls       bool
	udp       bool
	strace    bool
	warmup    time.Duration
	duration  time.Duration
}

// clientCommand is "pingpong client": it prints one sample as JSON.
func clientCommand(args []string) error {
	var l load
	flags := flag.NewFlagSet("pingpong client", flag.ContinueOnError)
	flags.StringVar(&l.addr, "addr", "", "`address` of the server, IPv4")
	flags.IntVar(&l.serverPID, "pid", 0, "process `id` of the server")
	flags.IntVar(&l.conns, "conns", 1, "connections")
	flags.IntVar(&l.size, "size", 64, "message size in `bytes`")
	flags.IntVar(&l.pipeline, "pipeline", 0, "HTTP `requests` to send together, instead of messages")
	flags.BoolVar(&l.strace, "strace", false, "count the server's system calls")
	flags.BoolVar(&l.tls, "tls", false, "speak TLS")
	flags.BoolVar(&l.udp, "udp", false, "send datagrams")
	flags.DurationVar(&l.warmup, "warmup", 500*time.Millisecond, "not measured")
	flags.DurationVar(&l.duration, "duration", 2*time.Second, "measured")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if l.conns < 1 || l.size < 1 && l.pipeline < 1 || l.serverPID < 1 {
		return errors.New("client: -conns, -size or -pipeline, and -pid must be positive")
	}
	s, err := l.run()
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(s)
}
