package pyselect_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
)

// TestAgainstPoll runs random scripts over sockets, pipes and files, and
// compares what Select says with what poll(2) says just before and after.
func TestAgainstPoll(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		rnd := seeded(t)
		for range rounds(10) {
			s := newScript(t, g, rnd)
			for range 150 {
				s.step()
				s.compare(t)
			}
			s.end(t)
		}
		if compared == 0 {
			t.Error("nothing was compared")
		}
	})
}

// compared counts the steps that had a stable answer.
var compared int

// script is a set of descriptors and what was done to them.
type script struct {
	rnd     *rand.Rand
	sockets []*fdsock.Socket // in pairs
	bare    []pyselect.FD
	log     []string
	buf     []byte
}

func newScript(t *testing.T, g *reactor.Group, rnd *rand.Rand) *script {
	t.Helper()
	s := &script{rnd: rnd, buf: make([]byte, 128<<10)}
	for range 2 {
		for _, pairs := range []func(testing.TB, *reactor.Group) (a, b *fdsock.Socket){pairOn, tcpPairOn} {
			a, b := pairs(t, g)
			a.SetTimeout(0)
			b.SetTimeout(0)
			s.sockets = append(s.sockets, a, b)
		}
		r, w := openPipe(t)
		s.bare = append(s.bare, r, w)
	}
	s.bare = append(s.bare, object(t))
	return s
}

func (s *script) end(t *testing.T) {
	t.Helper()
	for _, sock := range s.sockets {
		must(t, sock.Close())
	}
	for _, fd := range s.bare[:len(s.bare)-1] { // the file closes itself
		closeBare(t, fd)
	}
}

// step does something to one descriptor. Errors are part of the game.
func (s *script) step() {
	if s.rnd.IntN(4) == 0 {
		s.stepBare()
		return
	}
	i := s.rnd.IntN(len(s.sockets))
	sock := s.sockets[i]
	what, n := "", 1+s.rnd.IntN(len(s.buf))
	switch s.rnd.IntN(20) {
	case 0, 1, 2, 3, 4:
		what = "send"
		n, _ = sock.Send(s.buf[:n])
	case 5, 6, 7, 8, 9:
		what = "recv"
		n, _ = sock.RecvInto(s.buf[:n])
	case 10, 11:
		what = "recv-few"
		n, _ = sock.RecvInto(s.buf[:1+n%100])
	case 12:
		what = "send-one"
		n, _ = sock.Send(s.buf[:1])
	case 13:
		what = "send-urgent"
		n, _ = sock.Send(s.buf[:1], fdsock.MSG_OOB)
	case 14:
		what = "recv-urgent"
		n, _ = sock.RecvInto(s.buf[:1], fdsock.MSG_OOB)
	case 15:
		what = "peek"
		n, _ = sock.RecvInto(s.buf[:n], fdsock.MSG_PEEK)
	case 16:
		what = "fill"
		for n = 0; ; n++ {
			if _, err := sock.Send(s.buf); err != nil {
				break
			}
		}
	case 17:
		what = "empty"
		for n = 0; ; n++ {
			if got, err := sock.RecvInto(s.buf); err != nil || got == 0 {
				break
			}
		}
	case 18:
		if s.rnd.IntN(4) == 0 {
			what = "shutdown"
			_ = sock.Shutdown(s.rnd.IntN(3))
		}
	case 19:
		if s.rnd.IntN(10) == 0 {
			what = "close"
			_ = sock.Close()
		}
	}
	s.log = append(s.log, fmt.Sprintf("%d: %s %d", i, what, n))
}

func (s *script) stepBare() {
	i := s.rnd.IntN(len(s.bare) - 1)
	fd := int(s.bare[i])
	n := 1 + s.rnd.IntN(len(s.buf))
	if i%2 == 0 {
		n, _ = unix.Read(fd, s.buf[:n])
	} else {
		n, _ = unix.Write(fd, s.buf[:n])
	}
	s.log = append(s.log, fmt.Sprintf("bare %d: %d", i, n))
}

// compare asks both about random lists, with repetitions.
func (s *script) compare(t *testing.T) {
	t.Helper()
	var all list
	for _, sock := range s.sockets {
		switch {
		case sock.Fileno() < 0:
		case s.rnd.IntN(4) == 0:
			all = append(all, pyselect.FD(sock.Fileno()))
		default:
			all = append(all, sock)
		}
	}
	for _, fd := range s.bare {
		all = append(all, fd)
	}
	var lists [3]list
	for i := range lists {
		for range s.rnd.IntN(2 * len(all)) {
			lists[i] = append(lists[i], all[s.rnd.IntN(len(all))])
		}
	}
	for range 10 {
		before := reference(t, lists)
		got := ask(lists[0], lists[1], lists[2], 0)
		if after := reference(t, lists); !equal(before, after) {
			continue // TCP is still at work
		}
		compared++
		must(t, got.err)
		before[0], got.r = receivable(before[0]), receivable(got.r)
		if !equal(before, [3]list{got.r, got.w, got.x}) {
			t.Fatalf("select says %v %v %v, poll %v %v %v, after %q", numbers(got.r), numbers(got.w), numbers(got.x),
				numbers(before[0]), numbers(before[1]), numbers(before[2]), s.log[max(0, len(s.log)-20):])
		}
		return
	}
}

// receivable leaves out where poll(2) says that there is something to read and
// recv(2) finds nothing: at the mark of urgent data that has been received.
func receivable(l list) list {
	return slices.DeleteFunc(slices.Clone(l), func(o pyselect.Object) bool {
		var p [1]byte
		_, _, err := unix.Recvfrom(o.Fileno(), p[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		return err == unix.EAGAIN
	})
}

func equal(a, b [3]list) bool {
	return slices.Equal(a[0], b[0]) && slices.Equal(a[1], b[1]) && slices.Equal(a[2], b[2])
}

// reference is what select(2) says, made of poll(2): see POLLIN_SET and its
// like in the kernel.
func reference(t *testing.T, lists [3]list) (ready [3]list) {
	t.Helper()
	ask := [3]int16{unix.POLLIN, unix.POLLOUT, unix.POLLPRI}
	counts := [3]int16{unix.POLLIN | unix.POLLHUP | unix.POLLERR, unix.POLLOUT | unix.POLLERR, unix.POLLPRI}
	for i, l := range lists {
		fds := make([]unix.PollFd, len(l))
		for j, o := range l {
			fds[j] = unix.PollFd{Fd: int32(o.Fileno()), Events: ask[i]}
		}
		if len(fds) == 0 {
			continue
		}
		pollRaw(t, fds)
		for j, o := range l {
			if fds[j].Revents&counts[i] != 0 {
				ready[i] = append(ready[i], o)
			}
		}
	}
	return ready
}

// pollRaw is poll(2), which the Go runtime's signals interrupt.
func pollRaw(t *testing.T, fds []unix.PollFd) {
	t.Helper()
	_, err := unix.Poll(fds, 0)
	for err == unix.EINTR {
		_, err = unix.Poll(fds, 0)
	}
	must(t, err)
}
