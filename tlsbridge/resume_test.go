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

// TestTimeoutOfTrickle has a record come byte by byte: the timeout is for the
// call, not for each byte of 16,000.
func TestTimeoutOfTrickle(t *testing.T) {
	begin(t)
	a, b := tcpPair(t)
	cctx, _ := contexts(t, tlsbridge.TLSv1_3)
	client, err := cctx.Wrap(a, tlsbridge.Options{ServerHostname: serverName})
	must(t, err)
	defer client.Close()
	client.SetTimeout(100 * time.Millisecond)
	ended, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		defer b.Close()
		piece := []byte{22, 3, 3, 16000 >> 8, 16000 & 0xff, 2}
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			if _, err := b.Send(piece); err != nil {
				return
			}
			piece = piece[len(piece)-1:]
			select {
			case <-ended:
				return
			case <-tick.C:
			}
		}
	}()
	if err := client.DoHandshake(); !fdsock.TimeoutError(err) {
		t.Errorf("error is %v, want a timeout", err)
	}
	close(ended)
	<-stopped
}
