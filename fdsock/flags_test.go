package fdsock_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
)

//inventory:row recv MSG_PEEK
func TestPeek(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		send(t, b, "abcdef")
		wantRecv(t, a, "abcdef", fdsock.MSG_PEEK)
		p, err := a.Recv(3, fdsock.MSG_PEEK)
		want(t, err, nil)
		if string(p) != "abc" {
			t.Fatalf("%q", p)
		}
		p, err = a.Recv(3)
		want(t, err, nil)
		if string(p) != "abc" {
			t.Fatalf("%q", p)
		}
		wantRecv(t, a, "def", fdsock.MSG_PEEK)
		wantRecv(t, a, "def")
		waiting := begin(func() (int, error) { p, err := a.Recv(8, fdsock.MSG_PEEK); return len(p), err })
		untilInWait(t, 1)
		send(t, b, "gh")
		if got := receive(t, waiting, "data"); got.n != 2 || got.err != nil {
			t.Fatal(got)
		}
		wantRecv(t, a, "gh") // a peek that came short has not used anything up
	})
}

// TestWaitAll has a blocking receive wait for all the bytes, in whatever
// pieces they come.
//
//inventory:row recv MSG_WAITALL
func TestWaitAll(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		text := "the fox"
		for _, flags := range []int{fdsock.MSG_WAITALL | fdsock.MSG_PEEK, fdsock.MSG_WAITALL} {
			p := make([]byte, len(text))
			waiting := begin(func() (int, error) { return a.RecvInto(p, flags) })
			if flags == fdsock.MSG_WAITALL|fdsock.MSG_PEEK {
				for i := range text {
					untilInWait(t, 1)
					if len(waiting) > 0 {
						t.Fatalf("ended after %d bytes: %v", i, <-waiting)
					}
					send(t, b, text[i:i+1])
				}
			}
			got := receive(t, waiting, "all the bytes")
			want(t, got.err, nil)
			if string(p) != text || got.n != len(text) {
				t.Fatalf("%d bytes, %q", got.n, p)
			}
		}
		p := make([]byte, len(text))
		waiting := begin(func() (int, error) { return a.RecvInto(p, fdsock.MSG_WAITALL) })
		for i := range text {
			untilInWait(t, 1)
			send(t, b, text[i:i+1])
		}
		if got := receive(t, waiting, "all the bytes"); got.n != len(text) || string(p) != text {
			t.Fatal(got, string(p))
		}
	})
}

// TestWaitAllEnds has the end of the stream come first.
//
//inventory:row recv MSG_WAITALL
func TestWaitAllEnds(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		send(t, b, "abc")
		for _, flags := range []int{fdsock.MSG_WAITALL | fdsock.MSG_PEEK, fdsock.MSG_WAITALL} {
			waiting := begin(func() (int, error) { return a.RecvInto(make([]byte, 8), flags) })
			if flags&fdsock.MSG_PEEK != 0 {
				untilInWait(t, 1)
				want(t, b.Shutdown(fdsock.SHUT_WR), nil)
			}
			got := receive(t, waiting, "the end of the stream")
			want(t, got.err, nil)
			if got.n != 3 {
				t.Errorf("flags %#x: %d bytes, want 3", flags, got.n)
			}
		}
	})
}

// TestWaitAllWithTimeout takes what there is, as CPython does, whose
// descriptors are nonblocking then.
//
//inventory:row recv MSG_WAITALL
func TestWaitAllWithTimeout(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for _, timeout := range []int64{0, int64(patience)} {
			a, b := w.pair(t)
			send(t, b, "abc")
			a.SetTimeout(timeoutOf(timeout))
			until(t, "the data is there", func() bool {
				p, err := a.Recv(8, fdsock.MSG_PEEK|fdsock.MSG_WAITALL)
				return err == nil && len(p) == 3
			})
			p, err := a.Recv(8, fdsock.MSG_WAITALL)
			want(t, err, nil)
			if string(p) != "abc" {
				t.Errorf("%q", p)
			}
		}
	})
}

// TestDontWait does not wait on a blocking socket, in any call.
//
//inventory:row recv MSG_DONTWAIT
func TestDontWait(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.narrowPair(t)
		for range 2 { // before and after the socket is registered
			for _, flags := range []int{0, fdsock.MSG_PEEK, fdsock.MSG_WAITALL, fdsock.MSG_WAITALL | fdsock.MSG_PEEK} {
				_, err := a.Recv(8, flags, fdsock.MSG_DONTWAIT)
				want(t, err, sys.EAGAIN)
			}
			_, _, err := a.RecvMsg(8, 0, fdsock.MSG_DONTWAIT)
			want(t, err, sys.EAGAIN)
			a.SetTimeout(soon)
			_, err = a.Recv(8)
			wantTimeout(t, err)
			a.SetTimeout(fdsock.NoTimeout)
		}
		n, err := a.Send(make([]byte, big), fdsock.MSG_DONTWAIT)
		want(t, err, nil)
		if n == 0 || n == big {
			t.Errorf("sent %d bytes, want a part", n)
		}
		for err == nil { // TCP makes room on its own for a while
			_, err = a.Send(make([]byte, 8), fdsock.MSG_DONTWAIT)
		}
		want(t, err, sys.EAGAIN)
		for err = nil; err == nil; {
			err = a.SendAll(make([]byte, 8), fdsock.MSG_DONTWAIT)
		}
		want(t, err, sys.EAGAIN)
		drain(t, b)
	})
}

// TestUrgent passes the urgent mark in every way: a receive stops there, and
// what follows must still be found.
//
//inventory:row recv MSG_OOB
func TestUrgent(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		if _, err := b.Send([]byte("!"), fdsock.MSG_OOB); err != nil {
			t.Skip("no urgent data here: ", err)
		}
		_, err := a.Recv(1, fdsock.MSG_OOB)
		for err != nil { // it may be on its way
			checkText(t, err)
			_, err = a.Recv(1, fdsock.MSG_OOB)
		}
		register(t, a)
		for range rounds(150) {
			send(t, b, "before")
			send(t, b, "!", fdsock.MSG_OOB)
			send(t, b, "after")
			until(t, "the urgent byte arrives", func() bool {
				p, err := a.Recv(1, fdsock.MSG_OOB)
				return err == nil && string(p) == "!"
			})
			clearPriority(a)
			got := ""
			for got != "beforeafter" {
				p, err := a.Recv(64) // stops at the mark
				want(t, err, nil)
				if got += string(p); len(p) == 0 || len(got) > len("beforeafter") {
					t.Fatalf("received %q", got)
				}
			}
		}
	})
}

// TestUrgentUnread leaves the urgent byte where it is.
//
//inventory:row recv MSG_OOB
func TestUrgentUnread(t *testing.T) {
	tcpOnly(t, func(t *testing.T, w *world) { passMarks(t, w, rounds(150)) })
}

// passMarks receives past urgent bytes that nobody asks for.
func passMarks(t *testing.T, w *world, n int) {
	t.Helper()
	a, b := w.pair(t)
	a.SetTimeout(patience)
	register(t, a)
	for range n {
		send(t, b, "before")
		send(t, b, "!", fdsock.MSG_OOB)
		send(t, b, "after")
		got := ""
		for got != "beforeafter" {
			p, err := a.Recv(64)
			want(t, err, nil)
			if got += string(p); len(p) == 0 || len(got) > len("beforeafter") {
				t.Fatalf("received %q", got)
			}
		}
	}
}

// TestNoUrgent never waits: urgent data is not waited for by the kernel
// either. Nor does it make the socket forget that it is readable.
//
//inventory:row recv MSG_OOB
func TestNoUrgent(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		register(t, a)
		send(t, b, "x")
		for range 3 {
			_, err := a.Recv(1, fdsock.MSG_OOB)
			checkText(t, err)
			if err == nil {
				t.Fatal("received urgent data")
			}
			_, _, err = a.RecvMsg(1, 0, fdsock.MSG_OOB)
			checkText(t, err)
			if err == nil {
				t.Fatal("received urgent data")
			}
		}
		wantRecv(t, a, "x")
	})
}

// register has the loop watch a socket, and forget what it knew.
func register(t *testing.T, s *fdsock.Socket) {
	t.Helper()
	want(t, s.Handle().Arm(), nil)
	drain(t, s)
}

// clearPriority does what a select does that finds no urgent data.
func clearPriority(s *fdsock.Socket) {
	h := s.Handle()
	h.Loop().Harvest()
	h.Clear(h.Snapshot(), priority)
}

// TestDescriptorsInStream receives what a peer has sent along with
// descriptors: the kernel stops at such a message, although more follows.
func TestDescriptorsInStream(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		if w.tcp() {
			t.Skip("Unix sockets only")
		}
		a, b := w.pair(t)
		register(t, a)
		rights := unix.UnixRights(b.Fileno())
		for range rounds(150) {
			if err := unix.Sendmsg(b.Fileno(), []byte("with"), rights, nil, 0); err != nil {
				t.Fatal(err)
			}
			send(t, b, "without")
			got := ""
			for got != "withwithout" {
				p, err := a.Recv(64)
				want(t, err, nil)
				if got += string(p); len(p) == 0 || len(got) > len("withwithout") {
					t.Fatalf("received %q", got)
				}
			}
		}
	})
}

// TestWaitAllMessages fills the buffers of every call that receives from a
// stream, and takes a datagram for what it is.
//
//inventory:row recv MSG_WAITALL
//inventory:row recvmsg_into
func TestWaitAllMessages(t *testing.T) {
	onDefault(t)
	calls := map[string]func(s *fdsock.Socket, p []byte) (int, error){
		"recvfrom": func(s *fdsock.Socket, p []byte) (int, error) {
			n, _, err := s.RecvFromInto(p, fdsock.MSG_WAITALL)
			return n, err
		},
		"recvmsg": func(s *fdsock.Socket, p []byte) (int, error) {
			got, err := s.RecvMsgInto([][]byte{p[:2], p[2:]}, 0, fdsock.MSG_WAITALL)
			return got.N, err
		},
		"recv": func(s *fdsock.Socket, p []byte) (int, error) { return s.RecvInto(p, fdsock.MSG_WAITALL) },
	}
	for name, call := range calls {
		for _, typ := range []int{fdsock.SOCK_STREAM, fdsock.SOCK_DGRAM, fdsock.SOCK_SEQPACKET} {
			a, b, err := fdsock.SocketPairOf(fdsock.AF_UNIX, typ, 0)
			want(t, err, nil)
			closeAtEnd(t, a)
			closeAtEnd(t, b)
			p := make([]byte, 6)
			send(t, a, "one")
			if typ != fdsock.SOCK_STREAM {
				if n, err := call(b, p); n != 3 || err != nil {
					t.Errorf("%s, type %d: %d bytes, %v", name, typ, n, err)
				}
				continue
			}
			got := begin(func() (int, error) { return call(b, p) })
			untilInWait(t, 1)
			send(t, a, "two")
			if r := receive(t, got, name); r.n != 6 || r.err != nil || string(p) != "onetwo" {
				t.Errorf("%s: %d bytes %q, %v", name, r.n, p, r.err)
			}
		}
	}
}
