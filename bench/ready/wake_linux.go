//go:build linux

package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
)

// wake returns the median nanoseconds between a send and the return of a Poll
// that waits for it, over a number of sockets.
func (p *pool) wake(n int, span time.Duration) (float64, error) {
	s, err := p.sockets(n, false)
	if err != nil {
		return 0, err
	}
	to, from, err := fdsock.SocketPair()
	if err != nil {
		return 0, err
	}
	defer func() { _, _ = to.Close(), from.Close() }()
	s[n-1] = to
	poll, err := newPoll(s)
	if err != nil {
		return 0, err
	}
	defer poll.Close()
	returned := make(chan time.Time)
	failed := make(chan error, 1)
	go func() {
		defer close(returned)
		failed <- receiver(poll, to, returned)
	}()
	var took []float64
	for began := time.Now(); time.Since(began) < 2*span; {
		time.Sleep(200 * time.Microsecond) // lets the receiver wait
		sent := time.Now()
		if _, err := from.Send([]byte("x")); err != nil {
			return 0, err
		}
		at, ok := <-returned
		if !ok {
			return 0, <-failed
		}
		took = append(took, float64(at.Sub(sent)))
	}
	if err := from.Shutdown(fdsock.SHUT_WR); err != nil {
		return 0, err
	}
	for range returned { // the end
	}
	slices.Sort(took)
	return took[len(took)/2], <-failed
}

// receiver polls and receives until the end, and says when Poll returned.
func receiver(poll *pyselect.Poll, s *fdsock.Socket, returned chan<- time.Time) error {
	var events []pyselect.PollEvent
	buf := make([]byte, 8)
	for {
		var err error
		events, err = poll.PollInto(events, pyselect.Forever)
		at := time.Now()
		if err != nil || len(events) != 1 {
			return fmt.Errorf("%d events: %w", len(events), err)
		}
		n, err := s.RecvInto(buf)
		if err != nil || n == 0 {
			return err
		}
		returned <- at
	}
}
