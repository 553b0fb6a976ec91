package fdsock

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// view is what the views of a socket in package net's terms have in common.
//
// A view shares the socket: both may be used, and closing either closes both.
// Its calls wait as package net's do, until it has deadlines of its own, and
// whatever the timeout and the deadlines of the socket are; a nonblocking
// socket has blocking views. Errors are *net.OpError: with net.ErrClosed after
// a close, otherwise with an [Error].
//
// Any goroutine may call any method.
type view struct {
	s             *Socket
	network       string
	local, remote net.Addr
	deadlines     deadlines
	writing       sync.Mutex // keeps the data of one write together
}

// Socket returns the socket of the view.
func (v *view) Socket() *Socket { return v.s }

// Close closes the socket. Calls in progress end with net.ErrClosed; closing
// again does nothing.
func (v *view) Close() error { return v.fail("close", v.s.Close()) }

// SetDeadline sets the time at which calls on the view end with a timeout,
// those included that are in progress; the zero time is none. A call that
// comes later than its deadline does nothing else.
func (v *view) SetDeadline(t time.Time) error { return v.setDeadlines(t, true, true) }

// SetReadDeadline is SetDeadline for reading and accepting.
func (v *view) SetReadDeadline(t time.Time) error { return v.setDeadlines(t, true, false) }

// SetWriteDeadline is SetDeadline for writing.
func (v *view) SetWriteDeadline(t time.Time) error { return v.setDeadlines(t, false, true) }

func (v *view) setDeadlines(t time.Time, read, write bool) error {
	return v.fail("set", v.s.setDeadlines(&v.deadlines, t, read, write))
}

// SyscallConn is [Socket.SyscallConn] with the deadlines of the view.
func (v *view) SyscallConn() (sys.RawConn, error) { return &rawConn{s: v.s, v: v}, nil }

// begin begins a call that waits for the conditions, unless it can only fail.
func (v *view) begin(o op, mask reactor.Readiness) (wait, error) {
	w := wait{op: o, view: v}
	if _, err := w.look(v.s, 0); err != nil {
		return w, err
	}
	return w, w.overdue(v.s, mask)
}

// hold keeps other writes of the view out until the result is called.
func (w *wait) hold() (release func()) {
	if w.view == nil {
		return func() {}
	}
	w.view.writing.Lock()
	return w.view.writing.Unlock
}

// fail makes package net's error of a call's; nil stays nil.
func (v *view) fail(call string, err error) error { return v.failAt(call, v.remote, err) }

// failAt is fail with the address that the call was about.
func (v *view) failAt(call string, addr net.Addr, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, net.ErrClosed) {
		err = net.ErrClosed
	}
	return &net.OpError{Op: call, Net: v.network, Source: v.local, Addr: addr, Err: err}
}
