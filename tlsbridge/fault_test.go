package tlsbridge_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestShortTransfers lets every recv and send have some bytes only.
func TestShortTransfers(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for _, tr := range transports {
			cctx, sctx := contexts(t, v)
			a, b := tr.make(t)
			client, server := wrap(t, a, b, cctx, sctx)
			client.SetTimeout(0)
			server.SetTimeout(0)
			rng := seeded(t)
			restore := sys.SetHook(func(c sys.Call) sys.Fault {
				if c.Op == sys.OpRecv || c.Op == sys.OpSend {
					return sys.Fault{Max: 1 + rng.IntN(7)}
				}
				return sys.Fault{}
			})
			err := talk(client, server, randomBytes(rng, 20_000))
			restore()
			must(t, err)
		}
	})
}

// TestWouldBlockStorm lets recv and send find nothing, or no room, at random.
// The calls are simply made again: no edge follows an EAGAIN that is a lie.
func TestWouldBlockStorm(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		cctx, sctx := contexts(t, v)
		client, server := unblocked(t, cctx, sctx)
		rng := seeded(t)
		defer sys.SetHook(func(c sys.Call) sys.Fault {
			switch {
			case c.Op != sys.OpRecv && c.Op != sys.OpSend:
			case rng.IntN(2) == 0:
				return sys.Fault{Errno: unix.EAGAIN}
			case rng.IntN(3) == 0:
				return sys.Fault{Errno: unix.EINTR}
			}
			return sys.Fault{}
		})()
		must(t, talk(client, server, randomBytes(rng, 100_000)))
	})
}

// talk takes two nonblocking sockets, in one goroutine, from the handshake
// over data each way to the farewell.
func talk(client, server *tlsbridge.Socket, data []byte) error {
	err := together(client.DoHandshake, server.DoHandshake)
	for _, d := range [][2]*tlsbridge.Socket{{client, server}, {server, client}} {
		got := make([]byte, 0, len(data))
		buf := make([]byte, 3000)
		err = errors.Join(err, together(
			func() error { return d[0].SendAll(data) },
			func() error {
				for len(got) < len(data) {
					n, err := d[1].RecvInto(buf)
					if err != nil {
						return err
					}
					if n == 0 {
						return errors.New("the end")
					}
					got = append(got, buf[:n]...)
				}
				return nil
			}))
		if err == nil && !bytes.Equal(got, data) {
			err = errors.New("data differs")
		}
	}
	return errors.Join(err, together(
		func() error { _, err := client.Unwrap(); return err },
		func() error { _, err := server.Unwrap(); return err }))
}

// together makes two calls in turn until neither wants to wait any more.
func together(f, g func() error) error {
	doneF, doneG := false, false
	for range 1_000_000 {
		for _, call := range []struct {
			f    func() error
			done *bool
		}{{f, &doneF}, {g, &doneG}} {
			if *call.done {
				continue
			}
			err := call.f()
			switch {
			case err == nil:
				*call.done = true
			case !tlsbridge.SSLWantReadError(err) && !tlsbridge.SSLWantWriteError(err):
				return err
			}
		}
		if doneF && doneG {
			return nil
		}
	}
	return errors.New("the calls do not end")
}

// TestErrnos has recv and send fail once with each number in each phase. The
// call that was under way reports it; after a fault that passes the
// connection goes on as if nothing had been.
//
//inventory:row SSLEOFError
func TestErrnos(t *testing.T) {
	phases := map[string]func(*tlsbridge.Socket) error{
		"handshake": (*tlsbridge.Socket).DoHandshake,
		"recv":      func(s *tlsbridge.Socket) error { _, err := s.Recv(10); return err },
		"send":      func(s *tlsbridge.Socket) error { _, err := s.Send([]byte("hello")); return err },
		"unwrap":    func(s *tlsbridge.Socket) error { _, err := s.Unwrap(); return err },
	}
	for phase, call := range phases {
		for _, op := range []sys.Op{sys.OpRecv, sys.OpSend} {
			if phase == "recv" && op == sys.OpSend || phase == "send" && op == sys.OpRecv {
				continue // it has none
			}
			for _, errno := range []unix.Errno{
				unix.ECONNRESET, unix.EPIPE, unix.ETIMEDOUT, unix.ENOBUFS, unix.ENOMEM, unix.ENOTCONN, unix.EHOSTUNREACH, unix.EIO,
			} {
				t.Run(fmt.Sprintf("%s/%v/%v", phase, op, errno), func(t *testing.T) {
					begin(t)
					failOnce(t, phase, call, op, errno)
				})
			}
		}
	}
}

func failOnce(t *testing.T, phase string, call func(*tlsbridge.Socket) error, op sys.Op, errno unix.Errno) {
	s, p := newPuppet(t, tlsbridge.TLSv1_3, false)
	if phase != "handshake" {
		p.shake(s)
	}
	failed := false
	defer sys.SetHook(func(c sys.Call) sys.Fault {
		if c.Op == op && c.FD == s.Fileno() && !failed {
			failed = true
			return sys.Fault{Errno: errno}
		}
		return sys.Fault{}
	})()
	err := call(s)
	if !failed || !errors.Is(err, errno) {
		t.Fatal(err)
	}
	if phase == "recv" || phase == "send" {
		wantErr(t, err, tlsbridge.KindEOF, "UNEXPECTED_EOF_WHILE_READING")
	} else {
		var e *fdsock.Error
		if tlsbridge.SSLError(err) || !errors.As(err, &e) || e.Op == "recv" || e.Op == "send" {
			t.Fatalf("%v does not name the call", err)
		}
	}
	if phase == "unwrap" {
		p.give(0)
		must(t, p.eng.CloseNotify())
		p.give(100)
		_, err := s.Unwrap()
		must(t, err)
		return
	}
	must(t, negotiate(s, p, 1<<20))
	_, err = s.Send([]byte("after all"))
	must(t, err)
	must(t, p.take())
	p.raw(p.seal([]byte("indeed")))
	if got, err := s.Recv(10); string(got) != "indeed" || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
}

// TestPollFails has poll(2), which answers for the readiness, fail.
func TestPollFails(t *testing.T) {
	begin(t)
	s, p := newPuppet(t, tlsbridge.TLSv1_3, false)
	p.shake(s)
	restore := sys.SetHook(func(c sys.Call) sys.Fault {
		if c.Op == sys.OpPoll {
			return sys.Fault{Errno: unix.ENOMEM}
		}
		return sys.Fault{}
	})
	r, _, _, err := pyselect.Select([]pyselect.Object{s}, nil, nil, 0)
	if len(r) != 0 || err != nil {
		t.Error(r, err)
	}
	p.raw(p.seal([]byte("x")))
	r, _, _, err = pyselect.Select([]pyselect.Object{s}, nil, nil, 0)
	restore()
	if len(r) != 1 || err != nil {
		t.Error(r, err)
	}
}
