package tlsbridge_test

import (
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

// readable asks Select about a socket, by itself and by its number.
func readable(tb testing.TB, s *tlsbridge.Socket) bool {
	tb.Helper()
	r, _, _, err := pyselect.Select([]pyselect.Object{s, pyselect.FD(s.Fileno())}, nil, nil, 0)
	must(tb, err)
	if len(r) == 1 {
		tb.Fatal("the number is not answered for as the socket is")
	}
	return len(r) == 2
}

// TestReadableByByte delivers a record byte by byte: before the last one
// there is nothing to read.
//
//inventory:row SSLSocket.pending
//inventory:row SSLSocket select
func TestReadableByByte(t *testing.T) {
	sides(t, func(t *testing.T, v tlsbridge.TLSVersion, server bool) {
		s, p := newPuppet(t, v, server)
		p.shake(s)
		for _, timeout := range []int{0, -1} {
			s.SetBlocking(timeout < 0)
			record := p.seal([]byte("hello"))
			for i := range record {
				if readable(t, s) {
					t.Fatalf("readable after %d of %d bytes", i, len(record))
				}
				if i == len(record)/2 && timeout == 0 {
					_, err := s.Recv(1)
					wantErr(t, err, tlsbridge.KindWantRead, "")
				}
				p.raw(record[i : i+1])
			}
			for left := 5; left > 0; left-- {
				if !readable(t, s) {
					t.Fatalf("not readable with %d bytes left", left)
				}
				if s.Pending() != left || s.Readiness(reactor.Input)&reactor.Readable == 0 {
					t.Fatal(s.Pending(), left)
				}
				if n, err := s.RecvInto(make([]byte, 1)); n != 1 || err != nil {
					t.Fatal(n, err)
				}
			}
			if readable(t, s) || s.Pending() != 0 {
				t.Fatal("readable when all is read")
			}
		}
	})
}

// TestReadableAtTheEnd has every kind of end make the socket readable, and
// the next call say which it was.
//
//inventory:row SSLSocket select
func TestReadableAtTheEnd(t *testing.T) {
	ends := map[string]func(p *puppet){
		"close_notify": func(p *puppet) { must(p.tb, p.eng.CloseNotify()); p.give(100) },
		"truncated":    func(p *puppet) { must(p.tb, p.sock.Close()) },
		"in a record":  func(p *puppet) { p.raw(p.seal([]byte("hello"))[:9]); must(p.tb, p.sock.Close()) },
		"bad record": func(p *puppet) {
			record := p.seal([]byte("hello"))
			record[len(record)-1] ^= 1
			p.raw(record)
		},
		"no record": func(p *puppet) { p.raw([]byte("no TLS at all")) },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
				s, p := newPuppet(t, v, false)
				p.shake(s)
				if readable(t, s) {
					t.Fatal("readable before")
				}
				end(p)
				for range 2 {
					if !readable(t, s) {
						t.Fatal("not readable")
					}
				}
				_, err := s.Recv(1)
				switch name {
				case "close_notify":
					must(t, err)
				case "truncated", "in a record":
					wantErr(t, err, tlsbridge.KindEOF, "UNEXPECTED_EOF_WHILE_READING")
				case "bad record":
					wantErr(t, err, tlsbridge.KindSSL, "DECRYPTION_FAILED_OR_BAD_RECORD_MAC")
				case "no record":
					wantErr(t, err, tlsbridge.KindSSL, "WRONG_VERSION_NUMBER")
				}
				if !readable(t, s) {
					t.Fatal("not readable afterwards")
				}
			})
		})
	}
}

// TestTicketsAreNoInput: what TLS 1.3 sends behind the handshake does not
// make a socket readable.
//
//inventory:row SSLSocket select
func TestTicketsAreNoInput(t *testing.T) {
	begin(t)
	a, b := socketpair(t)
	cctx, sctx := contexts(t, tlsbridge.TLSv1_3)
	client, server := wrap(t, a, b, cctx, sctx)
	client.SetTimeout(0)
	server.SetTimeout(0)
	must(t, shake(client, server))
	if r, _, _, err := pyselect.Select([]pyselect.Object{pyselect.FD(a.Fileno())}, nil, nil, 0); err != nil || len(r) != 0 {
		t.Fatal(r, err)
	}
	must(t, server.SendAll([]byte("x")))
	if !readable(t, client) {
		t.Fatal("not readable")
	}
}

// TestSelectKeepsWaiting wakes a Select on a TLS socket with pieces that are
// nothing to read.
//
//inventory:row SSLSocket select
func TestSelectKeepsWaiting(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		s, p := newPuppet(t, v, false)
		p.shake(s)
		type result struct {
			n   int
			err error
		}
		done := make(chan result)
		go func() {
			r, _, _, err := pyselect.Select([]pyselect.Object{s}, nil, nil, pyselect.Forever)
			done <- result{len(r), err}
		}()
		record := p.seal([]byte("hello"))
		for i := range record {
			select {
			case r := <-done:
				t.Fatal("Select has returned after", i, "bytes:", r)
			default:
			}
			p.raw(record[i : i+1])
		}
		if r := <-done; r.n != 1 || r.err != nil {
			t.Fatal(r)
		}
		if s.Pending() != 5 {
			t.Fatal(s.Pending())
		}
	})
}

// TestReadiness looks at the directions, and at a socket that is closed or
// not TLS any more.
func TestReadiness(t *testing.T) {
	begin(t)
	client, server := open(t, tlsbridge.TLSv1_3)
	if r := client.Test(reactor.Input | reactor.Writable); r != reactor.Writable {
		t.Error(r)
	}
	for server.SendAll(make([]byte, 1<<16)) == nil {
	}
	if r := server.Test(reactor.Output); r != 0 {
		t.Error(r)
	}
	if r := client.Test(reactor.Readable); r != reactor.Readable {
		t.Error(r)
	}
	must(t, server.Shutdown(fdsock.SHUT_RDWR))
	must(t, server.Close())
	if r := server.Test(reactor.Input | reactor.Writable); r != reactor.Closed {
		t.Error(r)
	}
	if server.Fileno() != -1 {
		t.Error(server.Fileno())
	}
}
