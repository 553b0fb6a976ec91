//go:build linux

package fdsock_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
)

// TestSpliceFaults has each step of a transfer fail: what was taken from the
// source is in the destination or in the error, and where the kernel only
// refuses, it is copied.
func TestSpliceFaults(t *testing.T) {
	data := pattern(50_000)
	worlds(t, func(t *testing.T, w *world) {
		leak.Check(t)
		for _, c := range []struct {
			name  string
			op    sys.Op
			skip  int
			errno sys.Errno
			want  error
		}{
			{"no pipe", sys.OpPipe, 0, sys.EMFILE, nil},
			{"source refuses", sys.OpSplice, 0, sys.EINVAL, nil},
			{"destination refuses", sys.OpSplice, 1, sys.EINVAL, nil},
			{"destination refuses later", sys.OpSplice, 3, sys.EINVAL, nil},
			{"interrupted in", sys.OpSplice, 0, sys.EINTR, nil},
			{"interrupted out", sys.OpSplice, 1, sys.EINTR, nil},
			{"source fails", sys.OpSplice, 2, sys.ECONNRESET, sys.ECONNRESET},
			{"destination fails", sys.OpSplice, 1, sys.EPIPE, sys.EPIPE},
			{"destination fails later", sys.OpSplice, 3, sys.ENOBUFS, sys.ENOBUFS},
		} {
			t.Run(c.name, func(t *testing.T) {
				a, b := w.pair(t)
				x, y := w.pair(t)
				sending := begin(func() (int, error) { return 0, errors.Join(a.SendAll(data), a.Shutdown(fdsock.SHUT_WR)) })
				hits := 0
				restore := sys.SetHook(func(call sys.Call) (f sys.Fault) {
					if call.Op == sys.OpSplice {
						f.Max = 5000
					}
					if call.Op == c.op {
						if hits++; hits == c.skip+1 {
							f.Errno = c.errno
						}
					}
					return f
				})
				got := collect(y)
				n, err := fdsock.Splice(x, b, -1)
				restore()
				want(t, err, c.want)
				want(t, x.Shutdown(fdsock.SHUT_WR), nil)
				p := receive(t, got, "the data")
				if n != int64(len(p)) || hits <= c.skip {
					t.Errorf("moved %d, %d arrived after %d calls", n, len(p), hits)
				}
				var rest *fdsock.UnsentError
				if errors.As(err, &rest) {
					p = append(p, rest.Rest...)
				}
				more, err := io.ReadAll(reader{b})
				want(t, err, nil)
				wantSame(t, append(p, more...), data)
				want(t, receive(t, sending, "the end of sending").err, nil)
			})
		}
	})
}

// TestSpliceLimitAfterRefusal keeps the limit when it goes on by copying.
func TestSpliceLimitAfterRefusal(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for skip := range 2 {
			a, b := w.pair(t)
			x, y := w.pair(t)
			send(t, a, "headbody")
			failOnce(t, sys.OpSplice, skip, sys.EINVAL)
			n, err := fdsock.Splice(x, b, 4)
			if want(t, err, nil); n != 4 {
				t.Errorf("moved %d", n)
			}
			wantRecv(t, y, "head")
			wantRecv(t, b, "body")
		}
	})
}

// TestConnRelayWritesWhole has a relay by splice(2) begin while a Write is
// under way on its destination: it does not come between the parts.
func TestConnRelayWritesWhole(t *testing.T) {
	leak.Check(t)
	onDefault(t)
	in, out := connPair(t, fdsock.NoTimeout)
	dst, peer := connPair(t, fdsock.NoTimeout)
	_, err := in.Write([]byte("bbbb"))
	want(t, err, nil)
	want(t, in.CloseWrite(), nil)
	relayed, spliced := make(chan result, 1), make(chan struct{})
	sends, splices := 0, 0
	restore := sys.SetHook(func(c sys.Call) (f sys.Fault) {
		switch c.Op {
		case sys.OpSend:
			f.Max = 2
			if sends++; sends != 2 {
				break
			}
			go func() { n, err := out.WriteTo(dst); relayed <- result{int(n), err} }()
			select {
			case <-spliced: // two have been made, and a third is
			case <-time.After(50 * time.Millisecond): // it waits for its turn
			}
		case sys.OpSplice:
			if splices++; splices == 3 {
				close(spliced)
			}
		}
		return f
	})
	defer restore()
	n, err := dst.Write([]byte("aaaa"))
	want(t, err, nil)
	r := receive(t, relayed, "the end of the relay")
	p := make([]byte, 8)
	if _, err := io.ReadFull(peer, p); n != 4 || r.n != 4 || r.err != nil || err != nil || string(p) != "aaaabbbb" {
		t.Errorf("wrote %d, relayed %+v, received %q, %v", n, r, p, err)
	}
}
