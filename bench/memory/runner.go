package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/pollux-net/pollux/bench/internal/child"
	"github.com/pollux-net/pollux/bench/internal/lab"
	"github.com/pollux-net/pollux/bench/internal/peer"
	"github.com/pollux-net/pollux/internal/procfs"
)

// spareDescriptors is what a process needs beside its connections.
const spareDescriptors = 200

// warmUps are how often a server is warmed up: what Go's runtime itself takes,
// some 0.4 MB, is all there after its second forced collection only.
const warmUps = 2

// runner goes through the matrix.
type runner struct {
	opts options
	lab  *lab.Lab
}

// result is one server with some connections. All memory is in bytes, of the
// whole process.
type result struct {
	server   string
	failure  string
	base     int64 // without connections
	accepted int64
	echoed   int64   // after one echo
	rounds   []int64 // after each round
}

func measureCommand(args []string) error {
	opts, err := parseOptions(args)
	if err != nil {
		return err
	}
	return lab.With(opts.Servers, func(l *lab.Lab) error {
		r := &runner{opts: opts, lab: l}
		return r.measure(os.Stdout)
	})
}

// measure prints every table as soon as it is complete. Numbers of connections
// that the limit of descriptors forbids are left out, with a line that says so.
func (r *runner) measure(out io.Writer) error {
	tables := 0
	for _, useTLS := range []bool{false, true} {
		if !r.opts.Wants(useTLS) {
			continue
		}
		for _, conns := range r.opts.conns {
			need := uint64(conns + spareDescriptors)
			limit, err := child.RaiseDescriptors(need)
			if err != nil {
				return err
			}
			if limit < need {
				_, err = fmt.Fprintf(out, "\nskipped: %d connections need %d descriptors, the hard limit is %d\n", conns, need, limit)
			} else if results := r.table(conns, useTLS); len(results) > 0 {
				tables++
				err = writeTable(out, r.opts, conns, useTLS, results)
			}
			if err != nil {
				return err
			}
		}
	}
	if tables == 0 {
		return errors.New("nothing was measured")
	}
	return nil
}

func (r *runner) table(conns int, useTLS bool) []result {
	var results []result
	for _, s := range r.opts.Speaking(useTLS) {
		res := result{server: s.Name}
		err := r.lab.Serve(s, 1, s.DefaultBuffer(), r.lab.Server, func(server *child.Child) error { return r.once(&res, server, s, conns) })
		if err != nil {
			res.failure = err.Error()
		}
		results = append(results, res)
	}
	return results
}

// once has the holder of the server's connections there.
func (r *runner) once(res *result, server *child.Child, s peer.Server, conns int) error {
	hold, err := child.Start(r.lab.Command("hold", "-addr", server.Ready, "-tls="+strconv.FormatBool(s.TLS)), r.lab.Client)
	if err != nil {
		return fmt.Errorf("hold: %w", err)
	}
	defer func() { _ = hold.Stop() }() // its answers say it all
	return r.steps(res, server, hold, conns)
}

func (r *runner) steps(res *result, server, hold *child.Child, conns int) (err error) {
	for range warmUps {
		if res.base, err = r.after(server, hold, fmt.Sprint("warm ", warmConns)); err != nil {
			return err
		}
	}
	if res.accepted, err = r.after(server, hold, fmt.Sprint("open ", conns)); err != nil {
		return err
	}
	if res.echoed, err = r.after(server, hold, "echo 512"); err != nil {
		return err
	}
	for round := range r.opts.rounds {
		memory, err := r.after(server, hold, fmt.Sprint("mixed ", round))
		if err != nil {
			return err
		}
		res.rounds = append(res.rounds, memory)
	}
	return nil
}

// after has the holder do something and returns the server's memory then.
func (r *runner) after(server, hold *child.Child, order string) (int64, error) {
	answer, err := hold.Ask(order, r.opts.limit)
	if err != nil {
		return 0, err
	}
	if answer != "OK" {
		return 0, fmt.Errorf("%s: %s", order, answer)
	}
	if r.opts.free {
		if _, err := server.Ask("free", r.opts.limit); err != nil {
			return 0, fmt.Errorf("server: %w", err)
		}
	}
	return procfs.RSS(server.PID())
}
