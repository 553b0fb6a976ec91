//go:build linux

package main

import (
	"bufio"
	_ "embed" // the peer's program
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

//go:embed peer.py
var peerProgram string

// python is a CPython that measures on request.
type python struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// startPython returns nil if there is no python3.
func startPython(limit uint64) (*python, error) {
	path, err := exec.LookPath("python3")
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // a column is left out then, which is no failure
	}
	p := &python{cmd: exec.Command(path, "-c", peerProgram, strconv.FormatUint(limit, 10))}
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewScanner(out)
	return p, p.cmd.Start()
}

// measure returns nanoseconds for one call.
func (p *python) measure(c scenario, calls int) (float64, error) {
	if _, err := fmt.Fprintln(p.in, c.kind, c.sockets, calls); err != nil {
		return 0, err
	}
	if !p.out.Scan() {
		return 0, fmt.Errorf("python has ended: %w", io.ErrUnexpectedEOF)
	}
	return strconv.ParseFloat(strings.TrimSpace(p.out.Text()), 64)
}

func (p *python) stop() error {
	if err := p.in.Close(); err != nil {
		return err
	}
	return p.cmd.Wait()
}
