//go:build linux

package pyselect_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
)

// TestSelectPollEpollAgree runs random scripts of registering, changing,
// writing, reading and closing, and compares all three with poll(2).
func TestSelectPollEpollAgree(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		rnd := seeded(t)
		compared := 0
		for round := range rounds(20) {
			c := &contest{rnd: rnd, p: pyselect.NewPoll(), e: newEpoll(t, 0), buf: make([]byte, 256<<10)}
			for range 3 + 8*(round%2) { // fewer and more than are asked about at once
				c.open(t, g)
			}
			for range 150 {
				c.step(t, g)
				compared += c.compare(t)
			}
			c.p.Close()
			for _, m := range c.members {
				m.close(t)
			}
		}
		if compared == 0 {
			t.Error("nothing was compared")
		}
	})
}

// contest is a set of descriptors, registered in a Poll and an Epoll.
type contest struct {
	rnd     *rand.Rand
	p       *pyselect.Poll
	e       *pyselect.Epoll
	members []*member
	buf     []byte
}

// member is one end of a pair: a socket or a bare descriptor.
type member struct {
	sock *fdsock.Socket // nil for a pipe's end
	fd   int
	mask int // what it is registered for, -1 if it is not
}

func (m *member) object(rnd *rand.Rand) pyselect.Object {
	if m.sock == nil || rnd.IntN(2) == 0 {
		return pyselect.FD(m.fd)
	}
	return m.sock
}

func (m *member) close(t *testing.T) {
	t.Helper()
	if m.sock != nil {
		must(t, m.sock.Close())
		return
	}
	must(t, unix.Close(m.fd))
}

// open adds a pair.
func (c *contest) open(t *testing.T, g *reactor.Group) {
	t.Helper()
	if c.rnd.IntN(3) == 0 {
		r, w := openPipe(t)
		c.members = append(c.members, &member{fd: int(r), mask: -1}, &member{fd: int(w), mask: -1})
		return
	}
	a, b, err := fdsock.SocketPairOn(g)
	must(t, err)
	a.SetTimeout(0)
	b.SetTimeout(0)
	c.members = append(c.members, &member{sock: a, fd: a.Fileno(), mask: -1}, &member{sock: b, fd: b.Fileno(), mask: -1})
}

// step does one thing to one member.
func (c *contest) step(t *testing.T, g *reactor.Group) {
	t.Helper()
	i := c.rnd.IntN(len(c.members))
	m := c.members[i]
	n := 1 + c.rnd.IntN(len(c.buf))
	switch c.rnd.IntN(12) {
	case 0, 1, 2: // errors of transfers are part of the game
		_, _ = unix.Write(m.fd, c.buf[:n])
	case 3, 4:
		if m.sock != nil {
			_, _ = m.sock.Send(c.buf[:n])
		}
	case 5, 6:
		_, _ = unix.Read(m.fd, c.buf[:n])
	case 7:
		if m.sock != nil {
			_, _ = m.sock.RecvInto(c.buf[:n])
		}
	case 8, 9:
		c.register(t, m)
	case 10:
		if m.mask >= 0 {
			must(t, c.p.Unregister(m.object(c.rnd)))
			must(t, c.e.Unregister(m.object(c.rnd)))
			m.mask = -1
		}
	case 11:
		if c.rnd.IntN(3) == 0 {
			if m.mask >= 0 {
				must(t, c.p.Unregister(m.object(c.rnd)))
			}
			m.close(t) // takes it out of the Epoll
			c.members = slices.Delete(c.members, i, i+1)
			c.open(t, g)
		}
	}
}

func (c *contest) register(t *testing.T, m *member) {
	t.Helper()
	masks := []int{unix.POLLIN, unix.POLLOUT, unix.POLLIN | unix.POLLOUT, unix.POLLIN | unix.POLLRDHUP, 0}
	mask := masks[c.rnd.IntN(len(masks))]
	o := m.object(c.rnd)
	if m.mask < 0 {
		must(t, c.p.Register(o, mask))
		must(t, c.e.Register(o, uint32(mask)))
	} else {
		must(t, c.p.Modify(o, mask))
		must(t, c.e.Modify(o, uint32(mask)))
	}
	m.mask = mask
}

// compare asks all of them, and returns how many were ready.
func (c *contest) compare(t *testing.T) (ready int) {
	t.Helper()
	var want events
	var lists, wants [3]list
	for _, m := range c.members {
		fds := []unix.PollFd{{Fd: int32(m.fd), Events: int16(max(m.mask, 0))}}
		pollRaw(t, fds)
		if m.mask >= 0 && fds[0].Revents != 0 {
			want = append(want, pyselect.PollEvent{FD: m.fd, Events: int(fds[0].Revents)})
		}
		for i := range lists {
			lists[i] = append(lists[i], pyselect.FD(m.fd))
		}
	}
	wants = reference(t, lists)
	byFD := func(a, b pyselect.PollEvent) int { return a.FD - b.FD }
	slices.SortFunc(want, byFD)
	got := poll(c.p, 0)
	slices.SortFunc(got.events, byFD)
	got.wants(t, want...)
	epoll(c.e, 0, -1).wants(t, want...)
	ask(lists[0], lists[1], lists[2], 0).wants(t, wants[0], wants[1], wants[2])
	return len(want)
}

// backlog is how much plaintext may wait, in bytes: bringing more than the
// kernel has room for would wait for a reader that is this very test.
const backlog = 4096

// TestTLSAgreesWithPlaintext moves random pieces of ciphertext and plaintext,
// and compares everybody's answer with what has been decrypted so far.
func TestTLSAgreesWithPlaintext(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		rnd := seeded(t)
		w := newWire(t, g)
		number := pyselect.FD(w.server.Fileno())
		few, many := newPoll(t, pyselect.POLLIN, w.server), newPoll(t, pyselect.POLLIN, number)
		crowd(t, many)
		e := newEpoll(t, pyselect.EPOLLIN, number)
		var ends []int // where the records on the way end, in bytes of ciphertext
		var sizes []int
		var onWay []byte
		plain := 0 // bytes that can be read
		buf := make([]byte, 4096)
		for range rounds(1500) {
			step := rnd.IntN(4)
			if plain > backlog {
				step = 3
			}
			switch step {
			case 0:
				n := 1 + rnd.IntN(300)
				onWay = append(onWay, w.record(t, string(buf[:n]))...)
				ends, sizes = append(ends, len(onWay)), append(sizes, n)
			case 1, 2:
				n := min(len(onWay), rnd.IntN(400))
				w.bring(t, onWay[:n])
				onWay = onWay[n:]
				for i := range ends {
					ends[i] -= n
				}
				for len(ends) > 0 && ends[0] <= 0 {
					plain += sizes[0]
					ends, sizes = ends[1:], sizes[1:]
				}
			case 3:
				if p, err := w.server.Recv(1 + rnd.IntN(300)); err == nil {
					plain -= len(p)
				} else if plain > 0 {
					t.Fatal(err)
				}
			}
			var want events
			var selected list
			if plain > 0 {
				want, selected = events{at(number, pyselect.POLLIN)}, list{number}
			}
			for _, i := range rnd.Perm(4)[:1+rnd.IntN(3)] { // not always everybody, who would look first
				switch i {
				case 0:
					poll(few, 0).wants(t, want...)
				case 1:
					poll(many, 0).wants(t, want...)
				case 2:
					epoll(e, 0, -1).wants(t, want...)
				case 3:
					ask(list{number}, nil, list{number}, 0).wants(t, selected, nil, nil)
				}
			}
		}
	})
}
