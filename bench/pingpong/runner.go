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
	"github.com/pollux-net/pollux/bench/internal/peer"
)

// runner goes through the matrix. Nothing runs at the same time but one server
// and one client.
type runner struct {
	opts     options
	self     string // this program
	progress io.Writer
	programs *peer.Programs
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
	cpus, err := child.AllowedCPUs()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "pingpong")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	r := &runner{opts: opts, self: self, progress: os.Stderr}
	if r.programs, err = peer.Build(self, opts.servers, dir); err != nil {
		return err
	}
	results, err := r.measure(scenarios(opts, cpus), os.Stdout)
	if err != nil || opts.json == "" {
		return err
	}
	return writeReport(opts.json, newReport(opts, results))
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
	for _, s := range r.opts.servers {
		if s.TLS != sc.TLS || s.UDP != sc.UDP || s.HTTP != (sc.Pipeline > 0) {
			continue
		}
		e := &entry{Name: s.Name, Samples: map[int]sample{}}
		if err := r.programs.Absent(s); err != nil {
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
func (r *runner) once(s peer.Server, sc scenario) (sample, error) {
	buffer := r.opts.buffer
	if s.TLS {
		buffer = r.opts.tlsBuffer
	}
	running, err := child.Start(r.programs.Command(s, sc.Loops, buffer), sc.ServerCPUs)
	if err != nil {
		return sample{}, err
	}
	out, err := child.Run(r.clientCommand(running, sc), sc.ClientCPUs)
	if stopErr := running.Stop(); err == nil && stopErr != nil {
		err = fmt.Errorf("the server ended badly: %w", stopErr)
	}
	if err != nil {
		return sample{}, err
	}
	var got sample
	if err := json.Unmarshal(out, &got); err != nil {
		return sample{}, fmt.Errorf("client: %w", err)
	}
	return got, nil
}

// clientCommand switches off the preemption signals, which would interrupt the
// client's epoll_wait every 10 ms: nothing in it waits for its processor.
func (r *runner) clientCommand(running *child.Child, sc scenario) *exec.Cmd {
	cmd := exec.Command(r.self, "client", "-addr", running.Ready,
		"-pid", strconv.Itoa(running.PID()),
		"-conns", strconv.Itoa(sc.Conns), "-size", strconv.Itoa(sc.Size), "-pipeline", strconv.Itoa(sc.Pipeline),
		"-tls="+strconv.FormatBool(sc.TLS), "-udp="+strconv.FormatBool(sc.UDP),
		"-strace="+strconv.FormatBool(r.opts.strace),
		"-warmup", r.opts.warmup.String(), "-duration", r.opts.duration.String())
	cmd.Env = child.Env("GODEBUG=asyncpreemptoff=1")
	return cmd
}
