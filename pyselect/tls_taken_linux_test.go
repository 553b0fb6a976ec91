//go:build linux

package pyselect_test

import (
	"strings"
	"testing"

	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestTLSTakenByAnother has a call receive a record before the loop has looked,
// on a socket without room for sending: the kernel then forgets the edge. What
// is left of the plaintext ends the waiting nevertheless.
func TestTLSTakenByAnother(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		for name, begin := range map[string]func(w *wire) func() (events, error){
			"Select": func(w *wire) func() (events, error) {
				return func() (events, error) {
					r, _, _, err := pyselect.Select(list{w.server}, nil, nil, pyselect.Forever)
					return make(events, len(r)), err
				}
			},
			"Poll": func(w *wire) func() (events, error) {
				p := newPoll(t, pyselect.POLLIN, w.server)
				return func() (events, error) { return p.Poll(pyselect.Forever) }
			},
			"Epoll": func(w *wire) func() (events, error) {
				e := newEpoll(t, epollIn, w.server)
				return func() (events, error) { return e.Poll(pyselect.Forever, -1) }
			},
		} {
			t.Run(name, func(t *testing.T) { takenByAnother(t, g, begin) })
		}
	})
}

func takenByAnother(t *testing.T, g *reactor.Group, begin func(w *wire) func() (events, error)) {
	t.Helper()
	w := newWire(t, g)
	record := w.record(t, "hello")
	var err error
	for err == nil { // until there is no room
		_, err = w.server.Send([]byte(strings.Repeat("x", 1<<14)))
	}
	if !tlsbridge.SSLWantWriteError(err) {
		t.Fatal(err)
	}
	waiting := beginPoll(t, begin(w))
	var stands []chan bool
	for _, l := range g.Loops() {
		stand, standing := make(chan bool), make(chan bool)
		must(t, l.Post(func() { close(standing); <-stand }))
		receive(t, standing, "the loop")
		stands = append(stands, stand)
	}
	w.bring(t, record)
	text := recvTLS(t, w.server, 2)
	for _, stand := range stands {
		close(stand)
	}
	got := receive(t, waiting, "the plaintext")
	must(t, got.err)
	if text != "he" || len(got.events) != 1 {
		t.Error(text, got.events)
	}
}
