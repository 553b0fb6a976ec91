package tlsbridge_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

func randomBytes(rng *rand.Rand, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(rng.Uint32())
	}
	return p
}

// echo sends back what comes until the peer's end, and says farewell.
func echo(s *tlsbridge.Socket) error {
	buf := make([]byte, 5000)
	for {
		n, err := recv(s, buf)
		if err != nil {
			return err
		}
		if n == 0 {
			_, err := unwrap(s)
			return err
		}
		if err := send(s, buf[:n]); err != nil {
			return err
		}
	}
}

// TestEcho sends messages around the size of a record, and random ones.
//
//inventory:row SSLSocket.recv
func TestEcho(t *testing.T) {
	everywhere(t, func(t *testing.T, _ setting, client, server *tlsbridge.Socket) {
		rng := seeded(t)
		sizes := []int{1, 16383, 16384, 16385, 2 * 16384, 100_000}
		for range 5 {
			sizes = append(sizes, 1+rng.IntN(100_000))
		}
		both(t, func() error {
			if err := handshake(client); err != nil {
				return err
			}
			for _, size := range sizes {
				msg, got := randomBytes(rng, size), make([]byte, size)
				errs := make(chan error)
				go func() { errs <- recvFull(client, got) }()
				errSend := send(client, msg)
				if err := errors.Join(errSend, <-errs); err != nil {
					return err
				}
				if !bytes.Equal(got, msg) {
					return fmt.Errorf("echo of %d bytes differs", size)
				}
			}
			_, err := unwrap(client)
			return err
		}, func() error { return echo(server) })
	})
}

// TestFullDuplex has each side send a megabyte while it receives one.
//
//inventory:row SSLSocket full duplex
func TestFullDuplex(t *testing.T) {
	everywhere(t, func(t *testing.T, _ setting, client, server *tlsbridge.Socket) {
		both(t, func() error { return handshake(client) }, func() error { return handshake(server) })
		rng := seeded(t)
		errs := make(chan error)
		for _, d := range [][2]*tlsbridge.Socket{{client, server}, {server, client}} {
			msg, got := randomBytes(rng, 1<<20), make([]byte, 1<<20)
			go func() {
				for at := 0; at < len(msg); at += 1 << 16 {
					if err := send(d[0], msg[at:at+1<<16]); err != nil {
						errs <- err
						return
					}
				}
				errs <- nil
			}()
			go func() {
				err := recvFull(d[1], got)
				if err == nil && !bytes.Equal(got, msg) {
					err = errors.New("data differs")
				}
				errs <- err
			}()
		}
		for range 4 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	})
}

// TestManySenders keeps the messages of several goroutines whole.
//
//inventory:row SSLSocket.send
func TestManySenders(t *testing.T) {
	const senders, messages, size = 8, 20, 20_000
	for _, m := range modes[:2] {
		versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
			client, server := open(t, v)
			client.SetTimeout(m.timeout)
			server.SetTimeout(m.timeout)
			var wg sync.WaitGroup
			for i := range senders {
				wg.Go(func() {
					for range messages {
						if n, err := client.Send(bytes.Repeat([]byte{byte(i)}, size)); n != size || err != nil {
							t.Error(n, err)
						}
					}
				})
			}
			got := make([]byte, size)
			for range senders * messages {
				must(t, recvFull(server, got))
				if !bytes.Equal(got, bytes.Repeat(got[:1], size)) {
					t.Fatal("messages are mixed")
				}
			}
			wg.Wait()
		})
	}
}

// TestManyReceivers lets several goroutines receive less than a record at a
// time: none may sleep while there is something left of it.
//
//inventory:row SSLSocket full duplex
func TestManyReceivers(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		const receivers, rounds, size = 4, 300, 10
		client, server := open(t, v)
		client.SetTimeout(patience)
		server.SetTimeout(patience)
		got := make(chan error)
		for range receivers {
			go func() {
				for range rounds {
					if n, err := server.RecvInto(make([]byte, size)); n != size || err != nil {
						got <- fmt.Errorf("%d, %w", n, err)
						return
					}
				}
				got <- nil
			}()
		}
		for range rounds {
			must(t, client.SendAll(make([]byte, receivers*size)))
		}
		for range receivers {
			must(t, <-got)
		}
	})
}

// TestNoLostWakeUp has another goroutine's call take a record, and leave half
// of it, between the moment a receive finds nothing and the moment it begins to
// wait. No edge follows, and it must not sleep.
//
//inventory:row SSLSocket full duplex
func TestNoLostWakeUp(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		s, p := newPuppet(t, v, false)
		p.shake(s)
		record := p.seal(make([]byte, 10))
		taken := false
		defer sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op == sys.OpQueueControl && !taken { // the first that waits has the socket watched
				taken = true
				p.raw(record)
				if n, err := s.RecvInto(make([]byte, 5)); n != 5 || err != nil {
					t.Errorf("%d, %v", n, err)
				}
			}
			return sys.Fault{}
		})()
		s.SetTimeout(patience)
		if n, err := s.RecvInto(make([]byte, 10)); n != 5 || err != nil || !taken {
			t.Fatal(n, err)
		}
	})
}

// TestSendAllOrNothing fills a connection. The call that is refused has sent
// nothing as far as its caller can tell, and made again it goes on where it
// was; in between not more than a record is kept.
//
//inventory:row SSLWantWriteError
//inventory:row SSLSocket.send
func TestSendAllOrNothing(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for _, timeout := range []time.Duration{0, time.Millisecond} {
			client, server := open(t, v)
			client.SetTimeout(timeout)
			rng := seeded(t)
			data := randomBytes(rng, 3<<20)
			refused := func(n int, err error) {
				t.Helper()
				if n != 0 {
					t.Fatalf("%d bytes are said to be sent", n)
				}
				if timeout == 0 {
					wantErr(t, err, tlsbridge.KindWantWrite, "")
				} else {
					wantErrors(t, err, fdsock.ErrTimeout)
				}
			}
			for range 3 {
				refused(client.Send(data))
				if q := client.Queued(); q == 0 || q > 16384+256 {
					t.Fatalf("%d bytes are kept", q)
				}
			}
			if timeout == 0 {
				_, err := client.Send(data[:1])
				wantErr(t, err, tlsbridge.KindSSL, "BAD_LENGTH")
			}
			got := make([]byte, len(data))
			client.SetTimeout(0)
			server.SetTimeout(0)
			both(t, func() error { return send(client, data) }, func() error { return recvFull(server, got) })
			if !bytes.Equal(got, data) {
				t.Fatal("data differs")
			}
			// The queue is empty, and a shorter message is not a retry.
			both(t, func() error { return send(client, data[:1]) }, func() error { return recvFull(server, got[:1]) })
			if client.Queued() != 0 {
				t.Fatal(client.Queued())
			}
		}
	})
}

//inventory:row SSLSocket.recv
//inventory:row SSLSocket.pending
func TestSmallReceives(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		client, server := open(t, v)
		rng := seeded(t)
		data := randomBytes(rng, 16384+100)
		must(t, client.SendAll(data))
		var got []byte
		for record := 16384; len(got) < len(data); {
			n := 1 + rng.IntN(3000)
			p, err := server.Recv(n)
			must(t, err)
			if len(p) != min(n, record) {
				t.Fatalf("%d bytes of %d, of a record with %d", len(p), n, record)
			}
			got = append(got, p...)
			if record -= len(p); server.Pending() != record {
				t.Fatalf("%d bytes are pending, want %d", server.Pending(), record)
			}
			if record == 0 {
				record = 100
			}
		}
		if !bytes.Equal(got, data) {
			t.Fatal("data differs")
		}
	})
}

//inventory:row SSLSocket.recv
//inventory:row SSLSocket.send
func TestEmptyTransfers(t *testing.T) {
	begin(t)
	client, server := open(t, tlsbridge.TLSv1_3)
	if n, err := client.Send(nil); n != 0 || err != nil {
		t.Error(n, err)
	}
	if p, err := client.Recv(0); len(p) != 0 || err != nil {
		t.Error(p, err)
	}
	var value *tlsbridge.ValueError
	if _, err := client.Recv(-1); !errors.As(err, &value) || value.Error() == "" {
		t.Error(err)
	}
	if readable(t, server) {
		t.Error("an empty send has sent something")
	}
}

// TestTruncation cuts the stream without close_notify: an error for those
// who ask for it, the end of the stream for the others, as in Python.
//
//inventory:row SSLEOFError
//inventory:row SSLSocket suppress_ragged_eofs
func TestTruncation(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for _, keep := range []bool{true, false} {
			a, b := socketpair(t)
			cctx, sctx := contexts(t, v)
			client, err := cctx.Wrap(a, tlsbridge.Options{ServerHostname: serverName, KeepRaggedEOFs: keep})
			must(t, err)
			server, err := sctx.Wrap(b, tlsbridge.Options{})
			must(t, err)
			closeAfter(t, client, server)
			client.SetTimeout(0)
			server.SetTimeout(0)
			must(t, shake(client, server))
			must(t, server.SendAll([]byte("last words")))
			must(t, server.Close())
			if p, err := client.Recv(100); string(p) != "last words" || err != nil {
				t.Fatalf("%q, %v", p, err)
			}
			for range 2 {
				p, err := client.Recv(100)
				if len(p) != 0 {
					t.Fatalf("%q", p)
				}
				if keep {
					wantErr(t, err, tlsbridge.KindEOF, "UNEXPECTED_EOF_WHILE_READING")
				} else {
					must(t, err)
				}
			}
		}
	})
}

// TestReset breaks the connection in the middle of data.
//
//inventory:row SSLEOFError
func TestReset(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for _, call := range []string{"recv", "select", "send"} {
			a, b := tcpPair(t)
			cctx, sctx := contexts(t, v)
			client, server := wrap(t, a, b, cctx, sctx)
			client.SetTimeout(0)
			server.SetTimeout(0)
			must(t, shake(client, server))
			_ = client.Test(reactor.Input)
			reset(t, b)
			client.SetTimeout(patience)
			var err error
			switch call {
			case "select":
				r, _, _, e := pyselect.Select([]pyselect.Object{client}, nil, nil, patience)
				if e != nil || len(r) != 1 {
					t.Fatal(r, e)
				}
				fallthrough
			case "recv":
				_, err = client.Recv(100)
			case "send":
				_, err = client.Send([]byte("x"))
			}
			wantErr(t, err, tlsbridge.KindEOF, "UNEXPECTED_EOF_WHILE_READING")
			wantErrors(t, err, unix.ECONNRESET)
		}
	})
}

// TestUndelivered has the last flight of the handshake stay behind for want
// of room: a call that reads must not wait for the peer before it is out.
func TestUndelivered(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		s, p := newPuppet(t, v, false)
		flights := 0
		defer sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op == sys.OpSend && c.FD == s.Fileno() && flights > 0 {
				return sys.Fault{Errno: unix.EAGAIN}
			}
			return sys.Fault{}
		})()
		wantErr(t, s.DoHandshake(), tlsbridge.KindWantRead, "")
		flights++
		must(t, p.take())
		p.give(1 << 20)
		for range 2 {
			_, err := s.Recv(1)
			wantErr(t, err, tlsbridge.KindWantWrite, "")
		}
		flights = 0
		p.shake(s)
	})
}
