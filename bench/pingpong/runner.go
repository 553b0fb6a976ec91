package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
)

// runner goes through the matrix. Nothing runs at the same time but one server
// and one client.
type runner struct {
	opts     options
	self     string // this program
	progress io.Writer
	binaries map[string]string // executables of servers which are not in this program
	absent   map[string]error
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
	cpus, err := allowedCPUs()
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
	if err := r.build(dir); err != nil {
		return err
	}
	results, err := r.measure(scenarios(opts, cpus), os.Stdout)
	if err != nil || opts.json == "" {
		return err
	}
	return writeReport(opts.json, newReport(opts, results))
}

// build makes the executables. A server that cannot be built here is left out
// and named in the tables; one that should be and fails is an error.
func (r *runner) build(dir string) error {
	r.binaries, r.absent = map[string]string{}, map[string]error{}
	for _, s := range r.opts.servers {
		if s.build == nil {
			continue
		}
		binary, err := s.build(dir)
		if errors.Is(err, errAbsent) {
			r.absent[s.name] = err
			continue
		}
		if err != nil {
			return fmt.Errorf("building %s: %w", s.name, err)
		}
		r.binaries[s.name] = binary
	}
	return nil
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
		if err := writeTable(out, res, r.opts); err != nil {
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
	var taking []server
	for _, s := range r.opts.servers {
		if s.tls != sc.TLS || s.udp != sc.UDP {
			continue
		}
		e := &entry{Name: s.name, Samples: map[int]sample{}}
		if err := r.absent[s.name]; err != nil {
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
func (r *runner) once(s server, sc scenario) (sample, error) {
	running, err := startServer(r.serverCommand(s, sc), sc.ServerCPUs)
	if err != nil {
		return sample{}, err
	}
	out, err := runClient(r.clientCommand(running, sc), sc.ClientCPUs)
	if stopErr := running.stop(); err == nil && stopErr != nil {
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

func (r *runner) serverCommand(s server, sc scenario) *exec.Cmd {
	const anyPort = "127.0.0.1:0"
	loops := strconv.Itoa(sc.Loops)
	if binary := r.binaries[s.name]; binary != "" {
		return exec.Command(binary, anyPort, loops)
	}
	buffer := r.opts.buffer
	if s.tls {
		buffer = r.opts.tlsBuffer
	}
	cmd := exec.Command(r.self, "serve", s.name, "-addr", anyPort, "-loops", loops, "-buffer", strconv.Itoa(buffer))
	cmd.Env = childEnv()
	return cmd
}

// clientCommand switches off the preemption signals, which would interrupt the
// client's epoll_wait every 10 ms: nothing in it waits for its processor.
func (r *runner) clientCommand(running *child, sc scenario) *exec.Cmd {
	cmd := exec.Command(r.self, "client", "-addr", running.addr,
		"-pid", strconv.Itoa(running.cmd.Process.Pid),
		"-conns", strconv.Itoa(sc.Conns), "-size", strconv.Itoa(sc.Size),
		"-tls="+strconv.FormatBool(sc.TLS), "-udp="+strconv.FormatBool(sc.UDP),
		"-warmup", r.opts.warmup.String(), "-duration", r.opts.duration.String())
	cmd.Env = childEnv("GODEBUG=asyncpreemptoff=1")
	return cmd
}
