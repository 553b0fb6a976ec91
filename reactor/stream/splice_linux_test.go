package stream_test

import (
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor/stream"
)

func addSpliceFaults(faults map[string]func(c sys.Call) sys.Fault) {
	calls := 0
	faults["pieces"] = func(c sys.Call) (f sys.Fault) {
		if c.Op == sys.OpSplice {
			f.Max = 30_000
		}
		return f
	}
	faults["no pipes"] = func(c sys.Call) (f sys.Fault) {
		if c.Op == sys.OpPipe {
			f.Errno = sys.EMFILE
		}
		return f
	}
	faults["refused"] = func(c sys.Call) (f sys.Fault) {
		if c.Op == sys.OpSplice {
			if calls++; calls%2 == 0 { // the second way: what is in the pipe is copied
				f.Errno = sys.EINVAL
			}
		}
		return f
	}
}

// TestSpliceSparesCopies has much go through splice(2), and little by recv.
func TestSpliceSparesCopies(t *testing.T) {
	p := pairUp(t, stream.Config{}, nil)
	calls := count(t)
	p.relay(t)
	data := randomBytes(seeded(t), 20_000_000)
	sent := send(p.clients[0], data)
	wantAll(t, "all", p.clients[1], data)
	must(t, <-sent)
	if calls.of(sys.OpSplice) == 0 || calls.of(sys.OpPipe) > 4 {
		t.Errorf("%d calls of splice, %d pipes", calls.of(sys.OpSplice), calls.of(sys.OpPipe))
	}
}
