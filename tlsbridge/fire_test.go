package tlsbridge_test

import (
	"bytes"
	"errors"
	"net"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

// sides runs a test with the client, then the server, as the side under test.
func sides(t *testing.T, test func(t *testing.T, v tlsbridge.TLSVersion, server bool)) {
	t.Helper()
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		t.Run("client", func(t *testing.T) { test(t, v, false) })
		t.Run("server", func(t *testing.T) { test(t, v, true) })
	})
}

// negotiate steps a handshake against a peer that sends no more than limit
// bytes, and returns how it stands when nothing moves any more.
func negotiate(s *tlsbridge.Socket, p *puppet, limit int) error {
	p.tb.Helper()
	for {
		err := s.DoHandshake()
		if err != nil && !tlsbridge.SSLWantReadError(err) {
			return err
		}
		must(p.tb, p.take())
		if p.give(limit-p.sent) == 0 {
			return err
		}
	}
}

// flight is how many bytes the peer sends in a whole handshake, at least:
// signatures differ by some bytes.
func flight(t *testing.T, v tlsbridge.TLSVersion, server bool) int {
	t.Helper()
	s, p := newPuppet(t, v, server)
	must(t, negotiate(s, p, 1<<20))
	return p.sent
}

// TestPeerCloses closes the connection behind every byte of the handshake.
//
//inventory:row SSLSocket.shutdown close
func TestPeerCloses(t *testing.T) {
	sides(t, func(t *testing.T, v tlsbridge.TLSVersion, server bool) {
		step := 1
		if testing.Short() || raceEnabled {
			step = 17
		}
		whole := flight(t, v, server)
		for limit := seeded(t).IntN(step); limit < whole; limit += step {
			s, p := newPuppet(t, v, server)
			err := negotiate(s, p, limit)
			if err == nil {
				break // a signature was shorter
			}
			wantErr(t, err, tlsbridge.KindWantRead, "")
			must(t, p.sock.Close())
			for range 2 { // it stays so
				wantErr(t, s.DoHandshake(), tlsbridge.KindEOF, "UNEXPECTED_EOF_WHILE_READING")
			}
			if _, err := s.Recv(1); !tlsbridge.SSLEOFError(err) {
				t.Fatalf("Recv after byte %d: %v", limit, err)
			}
			must(t, s.Close())
			p.eng.Abort()
		}
	})
}

// TestAbort closes our side at every step of the handshake, in all modes of
// the call that follows.
func TestAbort(t *testing.T) {
	sides(t, func(t *testing.T, v tlsbridge.TLSVersion, server bool) {
		whole := flight(t, v, server)
		for limit := 0; limit < whole; limit += 1 + whole/50 {
			s, p := newPuppet(t, v, server)
			if err := negotiate(s, p, limit); err == nil {
				break
			}
			must(t, s.Close())
			must(t, s.Close())
			for _, timeout := range []time.Duration{0, patience, fdsock.NoTimeout} {
				s.SetTimeout(timeout)
				_, errRecv := s.Recv(1)
				_, errSend := s.Send([]byte("x"))
				_, errUnwrap := s.Unwrap()
				for _, err := range []error{s.DoHandshake(), errRecv, errSend, errUnwrap} {
					wantErrors(t, err, unix.EBADF, net.ErrClosed)
				}
			}
			if s.Fileno() != -1 || s.Pending() != 0 || s.Test(reactor.Input)&reactor.Closed == 0 {
				t.Fatal("a closed socket looks open")
			}
		}
	})
}

//inventory:row TimeoutError
func TestPeerStalls(t *testing.T) {
	sides(t, func(t *testing.T, v tlsbridge.TLSVersion, server bool) {
		for _, limit := range []int{0, 1, 4, 5, 6, 100, flight(t, v, server) - 10} {
			s, p := newPuppet(t, v, server)
			wantErr(t, negotiate(s, p, limit), tlsbridge.KindWantRead, "")
			if r, _, _, err := pyselect.Select([]pyselect.Object{s}, nil, nil, 0); err != nil || len(r) != 0 {
				t.Fatalf("readable after %d bytes of a stalled handshake: %v", limit, err)
			}
			s.SetTimeout(time.Millisecond)
			err := s.DoHandshake()
			wantErrors(t, err, fdsock.ErrTimeout)
			if got, want := err.Error(), "do_handshake: TimeoutError: timed out"; got != want {
				t.Errorf("%q, want %q", got, want)
			}
			s.SetTimeout(0) // and goes on when the peer does
			must(t, negotiate(s, p, 1<<20))
		}
	})
}

func TestPeerResets(t *testing.T) {
	sides(t, func(t *testing.T, v tlsbridge.TLSVersion, server bool) {
		a, b := tcpPair(t)
		cctx, sctx := contexts(t, v)
		ctx, opts := cctx, tlsbridge.Options{ServerHostname: serverName}
		if server {
			ctx, opts = sctx, tlsbridge.Options{}
		}
		s, err := ctx.Wrap(a, opts)
		must(t, err)
		defer s.Close()
		s.SetTimeout(patience)
		reset(t, b)
		// The client notices in sending, after which the kernel says EPIPE.
		if err := s.DoHandshake(); !errors.Is(err, unix.ECONNRESET) || tlsbridge.SSLError(err) {
			t.Fatal(err)
		}
	})
}

// reset closes a TCP socket with a reset.
func reset(tb testing.TB, s *fdsock.Socket) {
	tb.Helper()
	must(tb, unix.SetsockoptLinger(s.Fileno(), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}))
	must(tb, s.Close())
}

//inventory:row SSLError of foreign bytes
func TestGarbage(t *testing.T) {
	for _, c := range []struct {
		text, reason string
		server       bool
	}{
		{"SSH-2.0-OpenSSH_9.9\r\n", "WRONG_VERSION_NUMBER", false},
		{"220 mail.test ESMTP\r\n", "WRONG_VERSION_NUMBER", false},
		{"HTTP/1.1 400 Bad Request\r\n\r\n", "WRONG_VERSION_NUMBER", false},
		{"\x00\x00\x00\x00\x00\x00", "WRONG_VERSION_NUMBER", true},
		{"SSH-2.0-OpenSSH_9.9\r\n", "WRONG_VERSION_NUMBER", true},
		{"GET / HTTP/1.1\r\n\r\n", "HTTP_REQUEST", true},
		{"POST / HTTP/1.1\r\n\r\n", "HTTP_REQUEST", true},
		{"HEAD / HTTP/1.1\r\n\r\n", "HTTP_REQUEST", true},
		{"PUT /x HTTP/1.1\r\n\r\n", "HTTP_REQUEST", true},
		{"CONNECT a:443 HTTP/1.1\r\n\r\n", "HTTPS_PROXY_REQUEST", true},
	} {
		for _, timeout := range []time.Duration{0, patience} {
			t.Run(c.text[:4], func(t *testing.T) {
				begin(t)
				s, p := newPuppet(t, tlsbridge.TLSv1_3, c.server)
				s.SetTimeout(timeout)
				p.raw([]byte(c.text))
				err := s.DoHandshake()
				wantErr(t, err, tlsbridge.KindSSL, c.reason)
				if again := s.DoHandshake(); again.Error() != err.Error() {
					t.Errorf("the second time: %v", again)
				}
				// What follows the first five bytes is still in the kernel.
				if rest, _ := s.Socket().Recv(100); string(rest) != c.text[5:] {
					t.Errorf("%q is left of %q", rest, c.text)
				}
			})
		}
	}
}

// TestCloseWhileWaiting closes a socket under a call that waits.
//
//inventory:row SSLSocket.shutdown close
func TestCloseWhileWaiting(t *testing.T) {
	calls := map[string]func(*tlsbridge.Socket) error{
		"handshake": (*tlsbridge.Socket).DoHandshake,
		"recv":      func(s *tlsbridge.Socket) error { _, err := s.Recv(10); return err },
		"send":      func(s *tlsbridge.Socket) error { return s.SendAll(make([]byte, 8<<20)) },
		"unwrap":    func(s *tlsbridge.Socket) error { _, err := s.Unwrap(); return err },
	}
	for name, call := range calls {
		for _, timeout := range []time.Duration{fdsock.NoTimeout, patience} {
			t.Run(name, func(t *testing.T) {
				begin(t)
				var s *tlsbridge.Socket
				if name == "handshake" {
					s, _ = newPuppet(t, tlsbridge.TLSv1_3, false)
				} else {
					s, _ = open(t, tlsbridge.TLSv1_3)
				}
				s.SetTimeout(timeout)
				done := make(chan error)
				go func() { done <- call(s) }()
				untilWaiting(t)
				must(t, s.Close())
				wantErrors(t, <-done, unix.EBADF, net.ErrClosed)
			})
		}
	}
}

// TestModeWhileWaiting makes a socket nonblocking under a call that waits,
// which then says what it wants, and can go on.
//
//inventory:row TimeoutError
func TestModeWhileWaiting(t *testing.T) {
	t.Run("handshake", func(t *testing.T) {
		begin(t)
		s, p := newPuppet(t, tlsbridge.TLSv1_3, false)
		wantErr(t, negotiate(s, p, 500), tlsbridge.KindWantRead, "")
		for range 3 {
			s.SetBlocking(true)
			done := make(chan error)
			go func() { done <- s.DoHandshake() }()
			untilWaiting(t)
			s.SetBlocking(false)
			wantErr(t, <-done, tlsbridge.KindWantRead, "")
		}
		done := make(chan error)
		s.SetTimeout(time.Hour)
		go func() { done <- s.DoHandshake() }()
		untilWaiting(t)
		s.SetTimeout(patience) // a waiting call goes on under another timeout
		p.give(1 << 20)
		must(t, <-done)
	})
	t.Run("recv", func(t *testing.T) {
		begin(t)
		s, p := newPuppet(t, tlsbridge.TLSv1_3, false)
		p.shake(s)
		record := p.seal([]byte("hello"))
		p.raw(record[:7])
		s.SetBlocking(true)
		done := make(chan error)
		buf := make([]byte, 5)
		go func() { _, err := s.RecvInto(buf); done <- err }()
		untilWaiting(t)
		s.SetBlocking(false)
		wantErr(t, <-done, tlsbridge.KindWantRead, "")
		p.raw(record[7:])
		if n, err := s.RecvInto(buf); n != 5 || err != nil || string(buf) != "hello" {
			t.Fatal(n, err)
		}
	})
	t.Run("send", func(t *testing.T) {
		begin(t)
		client, server := open(t, tlsbridge.TLSv1_3)
		server.SetBlocking(true)
		data := make([]byte, 4<<20)
		for i := range data {
			data[i] = byte(i >> 8)
		}
		client.SetBlocking(true)
		done := make(chan error)
		go func() { done <- client.SendAll(data) }()
		untilWaiting(t)
		client.SetBlocking(false)
		wantErr(t, <-done, tlsbridge.KindWantWrite, "")
		got := make([]byte, len(data))
		both(t, func() error { return send(client, data) }, func() error { return recvFull(server, got) })
		for i := range got {
			if got[i] != data[i] {
				t.Fatalf("byte %d differs", i)
			}
		}
	})
}

// untilWaiting returns when a call on a TLS socket sleeps.
func untilWaiting(tb testing.TB) {
	tb.Helper()
	stacks := make([]byte, 1<<20)
	until(tb, "a call waits", func() bool {
		for g := range bytes.SplitSeq(stacks[:runtime.Stack(stacks, true)], []byte("\n\n")) {
			if bytes.Contains(g, []byte("[chan receive")) && bytes.Contains(g, []byte("fdsock.(*Call).Sleep")) {
				return true
			}
		}
		return false
	})
}

// until waits for a condition that other goroutines bring about.
func until(tb testing.TB, what string, holds func() bool) {
	tb.Helper()
	for begun := reactor.Now(); !holds(); runtime.Gosched() {
		if reactor.Now()-begun > int64(patience) {
			tb.Fatal("in vain: ", what)
		}
	}
}
