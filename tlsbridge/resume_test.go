package tlsbridge_test

import (
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestResumeTimedOut takes a call up again whose time ran out while a signal
// handler had its turn: it ends, and its time still counts from when it first
// began.
func TestResumeTimedOut(t *testing.T) {
	begin(t)
	client, _ := open(t, tlsbridge.TLSv1_3)
	client.SetTimeout(time.Duration(reactor.Now()))
	const began = 1 // of a clock that was 0 when the process was
	c := client.Resume(began)
	if _, err := c.RecvInto(make([]byte, 1)); !fdsock.TimeoutError(err) {
		t.Errorf("error is %v, want a timeout", err)
	}
	if c.Began() != began {
		t.Errorf("it began at %d, want %d", c.Began(), began)
	}
}
