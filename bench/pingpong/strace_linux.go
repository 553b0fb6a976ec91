//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// countCalls has strace count while the load runs. Before it begins and before
// it ends all answers are in, so that calls and requests are the same ones'.
func (d *driver) countCalls(l load) (sample, error) {
	if err := d.drain(); err != nil {
		return sample{}, err
	}
	dir, err := os.MkdirTemp("", "pingpong")
	if err != nil {
		return sample{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "calls")
	tracer, err := startTracer(l.serverPID, file)
	if err != nil {
		return sample{}, err
	}
	d.latency.Reset()
	begin := time.Now()
	d.idle = false
	err = d.send()
	if err == nil {
		err = d.drive(l.duration)
	}
	if err == nil {
		err = d.drain()
	}
	s := sample{Requests: d.latency.Total * l.perMessage(), Elapsed: time.Since(begin)}
	_ = tracer.Process.Signal(os.Interrupt) // it may have ended: then there is no file
	_ = tracer.Wait()                       // with the signal's status
	if err != nil {
		return sample{}, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return sample{}, err
	}
	s.Calls, err = parseStrace(string(text))
	return s, err
}

// drain waits for the answers that are under way, and has nothing sent.
func (d *driver) drain() error {
	d.idle = true
	if err := d.drive(stallTimeout); err != nil {
		return err
	}
	if d.waits() {
		return fmt.Errorf("answers are missing after %v", stallTimeout)
	}
	return nil
}

// waits tells whether an answer is under way.
func (d *driver) waits() bool {
	return slices.ContainsFunc(d.links, func(k *link) bool { return k.left > 0 })
}

// startTracer returns when strace has attached itself.
func startTracer(pid int, file string) (*exec.Cmd, error) {
	cmd := exec.Command("strace", "-f", "-c", "-o", file, "-p", strconv.Itoa(pid))
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewReader(stderr)
	line, err := lines.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("strace did not attach: %w, %w", err, cmd.Wait())
	}
	if !strings.Contains(line, "attached") {
		return nil, fmt.Errorf("strace: %q, %w", line, cmd.Wait())
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }() // until strace ends
	return cmd, nil
}
