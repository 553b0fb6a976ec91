package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// server is one entry of the comparison. Either serve or build is set.
type server struct {
	name string
	tls  bool
	udp  bool
	// serve listens on cfg.addr, calls cfg.ready and echoes until it fails.
	serve func(cfg config) error
	// build makes an executable in dir, which is called with the address and
	// the number of loops and keeps to the protocol of "pingpong serve". It
	// returns errAbsent if this machine cannot build it.
	build func(dir string) (path string, err error)
}

// config is what a server is told.
type config struct {
	addr   string
	loops  int // event loops, for those which have them
	buffer int // bytes read at once, for those which let their user choose
	ready  func(addr string)
}

// servers lists all entries, in the order of the tables.
func servers() []server {
	return []server{
		{name: "c", build: buildC},
		{name: "net", serve: serveNet},
		{name: "netpoll", serve: serveNetpoll},
		{name: "pollux", serve: servePollux},
		{name: "pollux-block", serve: servePolluxBlocking},
		{name: "tls-net", tls: true, serve: serveTLS},
		{name: "pollux-tls", tls: true, serve: servePolluxTLS},
		{name: "pollux-tls-block", tls: true, serve: servePolluxTLSBlocking},
		{name: "pollux-tls-ahead", tls: true, serve: servePolluxTLSAhead},
		{name: "c-openssl", tls: true, build: buildOpenSSL},
		{name: "udp-raw", udp: true, serve: serveUDPRaw},
		{name: "udp-net", udp: true, serve: serveUDPNet},
		{name: "udp-pollux", udp: true, serve: serveUDPPollux},
		{name: "udp-pollux-msg", udp: true, serve: serveUDPPolluxMsg},
	}
}

// baselines are the servers the others are compared with.
func baselines() []string { return []string{"c", "net", "tls-net", "c-openssl", "udp-raw", "udp-net"} }

func serverNames() string {
	var names []string
	for _, s := range servers() {
		names = append(names, s.name)
	}
	return strings.Join(names, ",")
}

func findServer(name string) (server, error) {
	all := servers()
	i := slices.IndexFunc(all, func(s server) bool { return s.name == name })
	if i < 0 {
		return server{}, fmt.Errorf("no server %q, there are %s", name, serverNames())
	}
	return all[i], nil
}

// serveCommand is "pingpong serve NAME": it prints READY and the address, and
// ends when its standard input does, so that no server outlives the runner.
func serveCommand(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("serve: which server? There are %s", serverNames())
	}
	s, err := findServer(args[0])
	if err != nil {
		return err
	}
	if s.serve == nil {
		return fmt.Errorf("serve: %s is a program of its own", s.name)
	}
	cfg := config{ready: func(addr string) { fmt.Println("READY", addr) }}
	flags := flag.NewFlagSet("pingpong serve "+s.name, flag.ContinueOnError)
	flags.StringVar(&cfg.addr, "addr", "127.0.0.1:0", "`address` to listen on")
	flags.IntVar(&cfg.loops, "loops", 1, "event loops")
	flags.IntVar(&cfg.buffer, "buffer", 4096, "`bytes` each connection reads at once")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	go exitAtEOF()
	return s.serve(cfg)
}

// exitAtEOF ends the process when the runner is gone, however that came about.
func exitAtEOF() {
	_, _ = io.Copy(io.Discard, os.Stdin) // an error ends the wait as well
	os.Exit(0)
}
