package fdsock_test

import (
	"errors"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/leak"
)

// TestRecvFromAddress has datagrams come with their sender, and what a
// connected stream carries without one.
//
//inventory:row recvfrom recvfrom_into
//inventory:row recvmsg
//inventory:row sendto
//inventory:row sendmsg
func TestRecvFromAddress(t *testing.T) {
	p := make([]byte, 8)
	calls := map[string]func(s *fdsock.Socket) (string, fdsock.Addr, error){
		"recvfrom": func(s *fdsock.Socket) (string, fdsock.Addr, error) {
			p, from, err := s.RecvFrom(8)
			return string(p), from, err
		},
		"recvfrom_into": func(s *fdsock.Socket) (string, fdsock.Addr, error) {
			n, from, err := s.RecvFromInto(p)
			return string(p[:n]), from, err
		},
		"recvmsg": func(s *fdsock.Socket) (string, fdsock.Addr, error) {
			p, got, err := s.RecvMsg(8, 0)
			return string(p), got.Addr, err
		},
	}
	t.Run("datagrams", func(t *testing.T) {
		socks, names := datagramPair(t, "127.0.0.1")
		for name, call := range calls {
			for range 2 {
				n, err := socks[0].SendTo([]byte("to"), names[1])
				if want(t, err, nil); n != 2 {
					t.Errorf("sent %d bytes", n)
				}
				got, from, err := call(socks[1])
				if want(t, err, nil); got != "to" || from != fdsock.Addr(names[0]) {
					t.Errorf("%s: %q from %v", name, got, from)
				}
			}
		}
		n, err := socks[0].SendMsg([][]byte{[]byte("a"), nil, []byte("bc")}, nil, names[1])
		if want(t, err, nil); n != 3 {
			t.Errorf("sent %d bytes", n)
		}
		wantRecv(t, socks[1], "abc")
	})
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		n, err := a.SendMsg(nil, nil, nil)
		if want(t, err, nil); n != 0 {
			t.Errorf("sent %d bytes of nothing", n)
		}
		for name, call := range calls {
			send(t, a, "to")
			got, from, err := call(b)
			if want(t, err, nil); got != "to" || from != nil {
				t.Errorf("%s: %q from %v", name, got, from)
			}
		}
		var value *fdsock.ValueError
		if _, _, err := b.RecvMsg(-1, 0); !errors.As(err, &value) {
			t.Errorf("-1 bytes: %v", err)
		}
		if _, _, err := b.RecvMsg(1, -1); !errors.As(err, &value) {
			t.Errorf("-1 bytes of ancillary data: %v", err)
		}
		if _, _, err := b.RecvFrom(-1); !errors.As(err, &value) {
			t.Errorf("-1 bytes: %v", err)
		}
	})
}

// TestRecvIntoSlice fills what it is given: nbytes is the length of a slice.
//
//inventory:row recv_into nbytes > len(buffer)
//inventory:row recv_into nbytes == 0
func TestRecvIntoSlice(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		send(t, a, "abcdefgh")
		p := []byte("........")
		n, err := b.RecvInto(p[:3])
		if want(t, err, nil); n != 3 || string(p) != "abc....." {
			t.Errorf("%d bytes, %q", n, p)
		}
		n, err = b.RecvInto(p)
		if want(t, err, nil); n != 5 || string(p) != "defgh..." {
			t.Errorf("%d bytes, %q", n, p)
		}
		b.SetTimeout(0)
		n, err = b.RecvInto(p[:0])
		if want(t, err, nil); n != 0 {
			t.Errorf("%d bytes into nothing", n)
		}
	})
}

// TestTimeoutOfDup keeps a socket's timeout in its duplicate and beyond its
// end.
//
//inventory:row dup
//inventory:row gettimeout after close
//inventory:row context manager
func TestTimeoutOfDup(t *testing.T) {
	leak.Check(t)
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		a.SetTimeout(time.Minute)
		d, err := a.Dup()
		want(t, err, nil)
		func() {
			defer d.Close()
			if d.Fileno() == a.Fileno() || d.Family() != a.Family() || d.Type() != a.Type() || d.GetTimeout() != time.Minute {
				t.Errorf("duplicate %d of %d: %d %d, timeout %v", d.Fileno(), a.Fileno(), d.Family(), d.Type(), d.GetTimeout())
			}
			send(t, d, "x")
			wantRecv(t, b, "x")
		}()
		if d.Fileno() != -1 {
			t.Error("it is not closed")
		}
		send(t, a, "y") // the connection is not
		wantRecv(t, b, "y")
		for _, timeout := range []time.Duration{0, time.Minute, fdsock.NoTimeout} {
			a.SetTimeout(timeout)
			want(t, a.Close(), nil)
			if got := a.GetTimeout(); got != timeout {
				t.Errorf("timeout %v after Close, was %v", got, timeout)
			}
		}
	})
}
