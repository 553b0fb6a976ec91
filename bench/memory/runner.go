package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	"github.com/pollux-net/pollux/bench/internal/child"
	"github.com/pollux-net/pollux/bench/internal/peer"
	"github.com/pollux-net/pollux/internal/procfs"
)

// spareDescriptors is what a process needs beside its connections.
const spareDescriptors = 200

// runner goes through the matrix.
type runner struct {
	opts     options
	self     string // this program
	programs *peer.Programs
	server   []int // processors
	client   []int
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
	cpus, err := child.AllowedCPUs()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "memory")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	r := &runner{opts: opts, self: self}
	if r.programs, err = peer.Build(self, opts.servers, dir); err != nil {
		return err
	}
	r.server, r.client = child.Placement(1, cpus)
	return r.measure(os.Stdout)
}

// measure prints every table as soon as it is complete. Numbers of connections
// that the limit of descriptors forbids are left out, with a line that says so.
func (r *runner) measure(out io.Writer) error {
	tables := 0
	for _, useTLS := range []bool{false, true} {
		if r.opts.tls != nil && *r.opts.tls != useTLS {
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
	for _, s := range r.opts.servers {
		if s.TLS != useTLS {
			continue
		}
		res, err := result{}, r.programs.Absent(s)
		if err == nil {
			res, err = r.once(s, conns)
		}
		if err != nil {
			res.failure = err.Error()
		}
		res.server = s.Name
		results = append(results, res)
	}
	return results
}

// once starts a server and the holder of its connections, and stops them.
func (r *runner) once(s peer.Server, conns int) (res result, err error) {
	buffer := peer.PlainBuffer
	if s.TLS {
		buffer = peer.TLSBuffer
	}
	server, err := child.Start(r.programs.Command(s, 1, buffer), r.server)
	if err != nil {
		return res, fmt.Errorf("server: %w", err)
	}
	defer func() {
		if stopErr := server.Stop(); err == nil && stopErr != nil {
			err = fmt.Errorf("the server ended badly: %w", stopErr)
		}
	}()
	cmd := exec.Command(r.self, "hold", "-addr", server.Ready, "-tls="+strconv.FormatBool(s.TLS))
	cmd.Env = child.Env()
	hold, err := child.Start(cmd, r.client)
	if err != nil {
		return res, fmt.Errorf("hold: %w", err)
	}
	defer func() { _ = hold.Stop() }() // its answers say it all
	return r.steps(server, hold, conns)
}

func (r *runner) steps(server, hold *child.Child, conns int) (res result, err error) {
	if res.base, err = r.after(server, hold, fmt.Sprint("warm ", warmConns)); err != nil {
		return res, err
	}
	if res.accepted, err = r.after(server, hold, fmt.Sprint("open ", conns)); err != nil {
		return res, err
	}
	if res.echoed, err = r.after(server, hold, "echo 512"); err != nil {
		return res, err
	}
	for round := range r.opts.rounds {
		memory, err := r.after(server, hold, fmt.Sprint("mixed ", round))
		if err != nil {
			return res, err
		}
		res.rounds = append(res.rounds, memory)
	}
	return res, nil
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
