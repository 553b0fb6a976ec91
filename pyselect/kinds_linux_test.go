//go:build linux

package pyselect_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/pyselect"
)

// TestKindsOfDescriptors watches what Python programs do: a terminal, a timer,
// an event counter, a pipe, a file, by Select, Poll and Epoll.
//
//inventory:row select item kinds
func TestKindsOfDescriptors(t *testing.T) {
	timer, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	must(t, err)
	defer unix.Close(timer)
	event, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	must(t, err)
	defer unix.Close(event)
	master, slave := terminal(t)
	r, w := pipe(t)
	for name, c := range map[string]struct {
		fd      pyselect.FD
		provoke func()
	}{
		"timer": {pyselect.FD(timer), func() {
			must(t, unix.TimerfdSettime(timer, 0, &unix.ItimerSpec{Value: unix.Timespec{Nsec: 1}}, nil))
		}},
		"event":    {pyselect.FD(event), func() { write(t, pyselect.FD(event), "\x01\x00\x00\x00\x00\x00\x00\x00") }},
		"terminal": {slave, func() { write(t, master, "line\n") }},
		"pipe":     {r, func() { write(t, w, "x") }},
	} {
		p := newPoll(t, pyselect.POLLIN, c.fd)
		e := newEpoll(t, pyselect.EPOLLIN, c.fd)
		for range 3 {
			ask(list{c.fd}, nil, list{c.fd}, 0).wants(t, nil, nil, nil)
			poll(p, 0).wants(t)
			epoll(e, 0, -1).wants(t)
			one := begin(t, list{c.fd}, nil, nil, patience)
			two := beginPoll(t, forever(p))
			three := beginPoll(t, func() (events, error) { return e.Poll(pyselect.Forever, -1) })
			c.provoke()
			receive(t, one, name+": select's answer").wants(t, list{c.fd}, nil, nil)
			receive(t, two, name+": poll's answer").wants(t, at(c.fd, pyselect.POLLIN))
			receive(t, three, name+": epoll's answer").wants(t, at(c.fd, pyselect.EPOLLIN))
			read(t, c.fd)
		}
	}
}

// terminal makes both ends of a pseudo-terminal.
func terminal(t *testing.T) (master, slave pyselect.FD) {
	t.Helper()
	m, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here:", err)
	}
	t.Cleanup(func() { must(t, unix.Close(m)) })
	must(t, unix.IoctlSetPointerInt(m, unix.TIOCSPTLCK, 0))
	s, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(m), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC)
	if errno != 0 {
		t.Skip("no pseudo-terminals here:", errno)
	}
	t.Cleanup(func() { must(t, unix.Close(int(s))) })
	return pyselect.FD(m), pyselect.FD(s)
}
