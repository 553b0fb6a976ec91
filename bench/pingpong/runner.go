package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	"github.com/pollux-net/pollux/bench/internal/child"
	"github.com/pollux-net/pollux/bench/internal/lab"
	"github.com/pollux-net/pollux/bench/internal/peer"
)

// runner goes through the matrix. Nothing runs at the same time but one server
// and one client.
type runner struct {
	opts     options
	lab      *lab.Lab
	progress io.Writer
}

// result is a scenario with everything measured in it.
type result struct {
	Scenario scenario `json:"scenario"`
	Entries  []*entry `json:"servers"`
}

// entry is one server in a scenario.
type entry struct {
	Name    string         `json:"name"`
	Samples map[int]sample `json:"rounds"`
	Failure string         `json:"failure,omitempty"`
}

func measureCommand(args []string) error {
	opts, err := parseOptions(args)
	if err != nil {
		return err
	}
	return lab.With(opts.Servers, func(l *lab.Lab) error {
		r := &runner{opts: opts, lab: l, progress: os.Stderr}
		results, err := r.measure(scenarios(opts, l.CPUs), os.Stdout)
		if err != nil || opts.json == "" {
			return err
		}
		return writeReport(opts.json, newReport(opts, results))
	})
}

// measure prints every table as soon as it is complete.
func (r *runner) measure(all []scenario, out io.Writer) ([]result, error) {
	var results []result
	for i, sc := range all {
		_, _ = fmt.Fprintf(r.progress, "[%d/%d] %v\n", i+1, len(all), sc)
		res := r.scenario(sc)
		if len(res.Entries) == 0 {
			continue // no server for this protocol was asked for
		}
		results = append(results, res)
		write := writeTable
		if r.opts.strace {
			write = writeCalls
		}
		if err := write(out, res, r.opts); err != nil {
			return results, err
		}
	}
	if len(results) == 0 {
		return nil, errors.New("none of these servers takes part in these scenarios")
	}
	return results, nil
}

// scenario runs A B C, A B C, ... A server that fails once is not run again.
func (r *runner) scenario(sc scenario) result {
	res := result{Scenario: sc}
	var taking []peer.Server
	for _, s := range r.opts.Speaking(sc.TLS) {
		if s.UDP != sc.UDP || s.HTTP != (sc.Pipeline > 0) {
			continue
		}
		e := &entry{Name: s.Name, Samples: map[int]sample{}}
		if err := r.lab.Absent(s); err != nil {
			e.Failure = err.Error()
		}
		taking, res.Entries = append(taking, s), append(res.Entries, e)
	}
	for round := 1; round <= r.opts.runs; round++ {
		for i, e := range res.Entries {
			if e.Failure != "" {
				continue
			}
			got, err := r.once(taking[i], sc)
			if err != nil {
				e.Failure = err.Error()
				continue
			}
			e.Samples[round] = got
			_, _ = fmt.Fprintf(r.progress, "  round %d %-14s %8.2f µs %10.0f requests/s\n",
				round, e.Name, got.cpuMicros(), got.throughput())
		}
	}
	return res
}

// once starts a server, loads it and stops it.
func (r *runner) once(s peer.Server, sc scenario) (got sample, err error) {
	buffer := r.opts.buffer
	if s.TLS {
		buffer = r.opts.tlsBuffer
	}
	err = r.lab.Serve(s, sc.Loops, buffer, sc.ServerCPUs, func(server *child.Child) error {
		out, err := child.Run(r.clientCommand(server, sc), sc.ClientCPUs)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(out, &got); err != nil {
			return fmt.Errorf("client: %w", err)
		}
		return nil
	})
	return got, err
}

// clientCommand switches off the preemption signals, which would interrupt the
// client's epoll_wait every 10 ms: nothing in it waits for its processor.
func (r *runner) clientCommand(running *child.Child, sc scenario) *exec.Cmd {
	cmd := r.lab.Command("client", "-addr", running.Ready,
		"-pid", strconv.Itoa(running.PID()),
		"-conns", strconv.Itoa(sc.Conns), "-size", strconv.Itoa(sc.Size), "-pipeline", strconv.Itoa(sc.Pipeline),
		"-tls="+strconv.FormatBool(sc.TLS), "-udp="+strconv.FormatBool(sc.UDP),
		"-strace="+strconv.FormatBool(r.opts.strace),
		"-warmup", r.opts.warmup.String(), "-duration", r.opts.duration.String())
	cmd.Env = append(cmd.Env, "GODEBUG=asyncpreemptoff=1")
	return cmd
}
