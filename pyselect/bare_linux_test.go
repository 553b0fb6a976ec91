//go:build linux

package pyselect_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
)

// TestBareDescriptors mixes kinds that no loop knows, and waits for each.
func TestBareDescriptors(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		a, b := pairOn(t, g)
		r, w := pipe(t)
		event, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
		must(t, err)
		defer unix.Close(event)
		epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
		must(t, err)
		defer unix.Close(epoll)
		r2, w2 := pipe(t)
		must(t, unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, int(r2), &unix.EpollEvent{Events: unix.EPOLLIN}))
		all := list{r, pyselect.FD(event), b, pyselect.FD(epoll)}
		for _, c := range []struct {
			ready   pyselect.Object
			provoke func()
			quiet   func()
		}{
			{r, func() { write(t, w, "x") }, func() { read(t, r) }},
			{pyselect.FD(event), func() { write(t, pyselect.FD(event), "\x01\x00\x00\x00\x00\x00\x00\x00") }, func() { read(t, pyselect.FD(event)) }},
			{b, func() { send(t, a, "x") }, func() { recv(t, b) }},
			{pyselect.FD(epoll), func() { write(t, w2, "x") }, func() { read(t, r2) }},
		} {
			for range 20 {
				ask(all, nil, nil, 0).wants(t, nil, nil, nil)
				waiting := begin(t, all, nil, nil, patience)
				c.provoke()
				receive(t, waiting, "the answer").wants(t, list{c.ready}, nil, nil)
				ask(all, nil, nil, 0).wants(t, list{c.ready}, nil, nil)
				c.quiet()
			}
		}
	})
}
