package tlsbridge_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestInterruptedCall has a signal come while a call waits: it ends with EINTR,
// so that Python's handlers can run, and goes on when it is taken up again.
func TestInterruptedCall(t *testing.T) {
	begin(t)
	client, server := open(t, tlsbridge.TLSv1_3)
	must(t, client.Socket().SetOptions(fdsock.Interruptible))
	client.SetTimeout(10 * time.Millisecond)
	var once atomic.Bool
	defer sys.SetHook(func(c sys.Call) (f sys.Fault) {
		if c.Op == sys.OpPoll && !once.Swap(true) {
			f.Errno = sys.EINTR
		}
		return f
	})()
	c := client.Resume(0)
	p := make([]byte, 1)
	if _, err := c.RecvInto(p); !fdsock.InterruptedError(err) {
		t.Fatalf("error is %v, want %v", err, sys.EINTR)
	}
	client.SetTimeout(patience)
	must(t, server.SendAll([]byte("x")))
	if n, err := c.RecvInto(p); n != 1 || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}
