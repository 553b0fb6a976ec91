package fdsock_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

//inventory:row socketpair()
//inventory:row recv
//inventory:row timeout None
func TestEcho(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		served := begin(func() (int, error) { return echo(b) })
		sent := pattern(1 << 20)
		sending := begin(func() (int, error) { return 0, a.SendAll(sent) })
		wantSame(t, recvFull(t, a, len(sent)), sent)
		want(t, receive(t, sending, "the end of SendAll").err, nil)
		want(t, a.Shutdown(fdsock.SHUT_WR), nil)
		got := receive(t, served, "the end of the echo")
		want(t, got.err, nil)
		closeSocket(t, b)
		wantRecv(t, a, "")
		if got.n != len(sent) {
			t.Errorf("%d bytes echoed, %d sent", got.n, len(sent))
		}
	})
}

func (w *world) eachTimeout(t *testing.T, test func(t *testing.T, a, b *fdsock.Socket)) {
	t.Helper()
	for name, timeout := range map[string]int64{"none": -1, "zero": 0, "long": int64(patience)} {
		t.Run(name, func(t *testing.T) {
			a, b := w.pair(t)
			a.SetTimeout(timeoutOf(timeout))
			b.SetTimeout(timeoutOf(timeout))
			test(t, a, b)
		})
	}
}

// TestEndOfStream reads the end again and again.
//
//inventory:row recv
func TestEndOfStream(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.eachTimeout(t, func(t *testing.T, a, b *fdsock.Socket) {
			send(t, a, "last words")
			closeSocket(t, a)
			recvEnd(t, b, "last words")
			for range 3 {
				recvEnd(t, b, "")
				if p, err := b.Recv(8, fdsock.MSG_WAITALL); len(p) != 0 || err != nil {
					t.Fatal(p, err)
				}
				if p, err := b.Recv(8, fdsock.MSG_PEEK|fdsock.MSG_WAITALL); len(p) != 0 || err != nil {
					t.Fatal(p, err)
				}
			}
		})
	})
}

// recvEnd receives what must be there or on its way.
func recvEnd(t *testing.T, s *fdsock.Socket, text string) {
	t.Helper()
	until(t, "data or the end arrives", func() bool {
		_, err := s.Recv(1, fdsock.MSG_PEEK)
		return !fdsock.BlockingIOError(err)
	})
	wantRecv(t, s, text)
}

// TestHalfClose ends one direction; the other goes on.
//
//inventory:row shutdown
func TestHalfClose(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		waiting := begin(func() (int, error) { p, err := b.Recv(8); return len(p), err })
		untilInWait(t, 1)
		want(t, a.Shutdown(fdsock.SHUT_WR), nil)
		if got := receive(t, waiting, "the end of the stream"); got.n != 0 || got.err != nil {
			t.Fatal(got)
		}
		_, err := a.Send([]byte("x"))
		want(t, err, sys.EPIPE)
		if !fdsock.BrokenPipeError(err) {
			t.Errorf("%v is no BrokenPipeError", err)
		}
		for range 3 { // edges after the end are noticed too
			waiting := begin(func() (int, error) { p, err := a.Recv(8); return len(p), err })
			untilInWait(t, 1)
			send(t, b, "more")
			if got := receive(t, waiting, "data"); got.n != 4 || got.err != nil {
				t.Fatal(got)
			}
		}
		want(t, b.Shutdown(fdsock.SHUT_WR), nil)
		wantRecv(t, a, "")
	})
}

// TestShutdownRead wakes a reader of the same socket.
//
//inventory:row shutdown
func TestShutdownRead(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, _ := w.pair(t)
		waiting := begin(func() (int, error) { p, err := a.Recv(8); return len(p), err })
		untilInWait(t, 1)
		want(t, a.Shutdown(fdsock.SHUT_RDWR), nil)
		if got := receive(t, waiting, "the end of the stream"); got.n != 0 || got.err != nil {
			t.Fatal(got)
		}
	})
}

// reset breaks the connection from b's side.
func reset(t *testing.T, b *fdsock.Socket) {
	t.Helper()
	if err := unix.SetsockoptLinger(b.Fileno(), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}); err != nil {
		t.Fatal(err)
	}
	closeSocket(t, b)
}

// TestReset has the error come once, and the end of the stream after it.
//
//inventory:row recv of a reset connection
func TestReset(t *testing.T) {
	tcpOnly(t, func(t *testing.T, w *world) {
		t.Run("recv", func(t *testing.T) {
			a, b := w.pair(t)
			waiting := begin(func() (int, error) { p, err := a.Recv(8); return len(p), err })
			untilInWait(t, 1)
			reset(t, b)
			err := receive(t, waiting, "the reset").err
			want(t, err, sys.ECONNRESET)
			if !fdsock.ConnectionResetError(err) {
				t.Errorf("%v is no ConnectionResetError", err)
			}
			wantRecv(t, a, "")
			_, err = a.Send([]byte("x"))
			want(t, err, sys.EPIPE)
		})
		t.Run("sendall", func(t *testing.T) {
			a, b := w.narrowPair(t)
			waiting := begin(func() (int, error) { return 0, a.SendAll(make([]byte, big)) })
			untilInWait(t, 1)
			reset(t, b)
			want(t, receive(t, waiting, "the reset").err, sys.ECONNRESET)
		})
		t.Run("send", func(t *testing.T) {
			a, b := w.narrowPair(t)
			waiting := begin(func() (int, error) { return a.Send(make([]byte, big)) })
			untilInWait(t, 1)
			reset(t, b)
			got := receive(t, waiting, "the reset")
			want(t, got.err, sys.ECONNRESET)
			if got.n == 0 {
				t.Error("the count of what was sent is lost")
			}
		})
		t.Run("waitall", func(t *testing.T) {
			a, b := w.pair(t)
			send(t, b, "abc")
			waiting := begin(func() (int, error) { return a.RecvInto(make([]byte, 8), fdsock.MSG_WAITALL) })
			untilInWait(t, 1)
			reset(t, b)
			got := receive(t, waiting, "the reset")
			want(t, got.err, sys.ECONNRESET)
			if got.n != 3 {
				t.Errorf("%d bytes came before it, want 3", got.n)
			}
		})
	})
}

// TestUnixPeerGone is what a Unix socket makes of a peer that closes with
// unread data.
func TestUnixPeerGone(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		if w.tcp() {
			t.Skip("Unix sockets only")
		}
		a, b := w.pair(t)
		waiting := begin(func() (int, error) { return 0, a.SendAll(make([]byte, big)) })
		untilInWait(t, 1)
		closeSocket(t, b)
		want(t, receive(t, waiting, "the error").err, sys.EPIPE)
		_, err := a.Recv(8)
		want(t, err, sys.ECONNRESET)
		wantRecv(t, a, "")
	})
}

// TestBlockingSendTakesAll is the kernel's own promise to a blocking socket.
//
//inventory:row send on a blocking socket
func TestBlockingSendTakesAll(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		if w.threads || w.family == fdsock.AF_INET6 {
			t.Skip("neither matters here, and the race detector looks at all of it each time")
		}
		a, b := w.pair(t)
		sent := pattern(10 << 20)
		sending := begin(func() (int, error) { return a.Send(sent) })
		wantSame(t, recvFull(t, b, len(sent)), sent)
		got := receive(t, sending, "the end of Send")
		want(t, got.err, nil)
		if got.n != len(sent) {
			t.Errorf("Send returned %d of %d", got.n, len(sent))
		}
	})
}

// TestPartialSend is what sockets with a timeout do, nonblocking ones first.
//
//inventory:row send with a timeout or nonblocking
func TestPartialSend(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.narrowPair(t)
		a.SetTimeout(0)
		n, err := a.Send(make([]byte, big))
		want(t, err, nil)
		if n == 0 || n == big {
			t.Fatalf("sent %d bytes, want a part", n)
		}
		n += fill(t, a)
		for err = a.SendAll([]byte("x")); err == nil; err = a.SendAll([]byte("x")) {
			n++ // TCP makes room on its own for a while
		}
		want(t, err, sys.EAGAIN)
		a.SetTimeout(patience)
		sending, more := sendUntilItWaits(t, a)
		n += more
		recvFull(t, b, n)
		got := receive(t, sending, "the end of Send")
		want(t, got.err, nil)
		if got.n == 0 || got.n == big {
			t.Fatalf("sent %d bytes, want a part", got.n)
		}
		if rest := drain(t, b); rest > got.n {
			t.Errorf("%d bytes arrived, %d were sent", rest, got.n)
		}
	})
}

// sendUntilItWaits begins to send until a call waits, and counts what the
// others have sent: TCP makes room on its own for a while.
func sendUntilItWaits(t *testing.T, s *fdsock.Socket) (sending <-chan result, sent int) {
	t.Helper()
	for {
		sending = begin(func() (int, error) { return s.Send(make([]byte, big)) })
		until(t, "Send waits or ends", func() bool { return inWait() == 1 || len(sending) > 0 })
		if len(sending) == 0 {
			return sending, sent
		}
		sent += (<-sending).n
	}
}

//inventory:row recv n == 0
//inventory:row recv n < 0
//inventory:row sendall of nothing
func TestEmptyTransfers(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		n, err := a.Send(nil)
		want(t, err, nil)
		if n != 0 {
			t.Error("sent", n)
		}
		want(t, a.SendAll([]byte{}), nil)
		p, err := b.Recv(0)
		want(t, err, nil)
		if len(p) != 0 {
			t.Errorf("received %q", p)
		}
		_, err = b.Recv(-1)
		if err == nil || err.Error() != "negative buffersize in recv" {
			t.Error(err)
		}
		closeSocket(t, b)
		until(t, "the peer's end is noticed", func() bool { return a.SendAll(nil) != nil || w.tcp() })
	})
}
