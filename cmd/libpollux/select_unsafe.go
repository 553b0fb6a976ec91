//go:build libpollux

package main

/*
#include <stdint.h>
*/
import "C"

import (
	"time"
	"unsafe"

	"github.com/pollux-net/pollux/pyselect"
)

var (
	polls  handles[*pyselect.Poll]
	epolls handles[*pyselect.Epoll]
)

// waiting makes a call that may wait, taking it up again where the last
// attempt was interrupted.
func waiting(began *C.int64_t, call func(c *pyselect.Call) int64) C.int64_t {
	c := &pyselect.Call{Interruptible: true, Began: int64(*began)}
	r := call(c)
	*began = C.int64_t(c.Began)
	return C.int64_t(r)
}

//export gs_select
func gs_select(fds *C.int32_t, nr, nw, nx C.int64_t, out unsafe.Pointer, timeout C.int64_t, began *C.int64_t) C.int64_t {
	return waiting(began, func(c *pyselect.Call) int64 {
		all := ints(fds, nr+nw+nx)
		objects := make([]pyselect.Object, len(all))
		for i, fd := range all {
			objects[i] = &member{pyselect.FD(fd), i}
		}
		r, w, x, err := c.Select(objects[:nr], objects[nr:nr+nw], objects[nr+nw:], time.Duration(timeout))
		if err != nil {
			return result(err)
		}
		ready := view(out, nr+nw+nx)
		clear(ready)
		for _, list := range [][]pyselect.Object{r, w, x} {
			for _, o := range list {
				ready[o.(*member).at] = 1
			}
		}
		return int64(len(r) + len(w) + len(x))
	})
}

// member is a descriptor that remembers its place in the lists.
type member struct {
	pyselect.FD
	at int
}

//export gs_poll_new
func gs_poll_new() C.int64_t { return C.int64_t(polls.add(pyselect.NewPoll())) }

//export gs_poll_free
func gs_poll_free(h C.int64_t) C.int64_t {
	return polled(h, func(p *pyselect.Poll) int64 {
		p.Close()
		polls.drop(int64(h))
		return 0
	})
}

func polled(h C.int64_t, call func(p *pyselect.Poll) int64) C.int64_t {
	p, ok := polls.get(int64(h))
	if !ok {
		return codeHandle
	}
	return C.int64_t(call(p))
}

//export gs_poll_register
func gs_poll_register(h, fd, events C.int64_t) C.int64_t {
	return polled(h, func(p *pyselect.Poll) int64 { return result(p.Register(pyselect.FD(fd), int(events))) })
}

//export gs_poll_modify
func gs_poll_modify(h, fd, events C.int64_t) C.int64_t {
	return polled(h, func(p *pyselect.Poll) int64 { return result(p.Modify(pyselect.FD(fd), int(events))) })
}

//export gs_poll_unregister
func gs_poll_unregister(h, fd C.int64_t) C.int64_t {
	return polled(h, func(p *pyselect.Poll) int64 { return result(p.Unregister(pyselect.FD(fd))) })
}

//export gs_poll_len
func gs_poll_len(h C.int64_t) C.int64_t {
	return polled(h, func(p *pyselect.Poll) int64 { return int64(p.Len()) })
}

//export gs_poll_poll
func gs_poll_poll(h, timeout C.int64_t, pairs *C.int32_t, room C.int64_t, began *C.int64_t) C.int64_t {
	return polled(h, func(p *pyselect.Poll) int64 {
		return int64(waiting(began, func(c *pyselect.Call) int64 {
			c.Fixed = true
			events, err := c.Poll(p, nil, time.Duration(timeout))
			return fill(pairs, room, events, err)
		}))
	})
}

// fill gives events to C as pairs of descriptor and bits.
func fill(pairs *C.int32_t, room C.int64_t, events []pyselect.PollEvent, err error) int64 {
	if err != nil {
		return result(err)
	}
	out := ints(pairs, 2*room)
	n := min(len(events), int(room))
	for i, e := range events[:n] {
		out[2*i], out[2*i+1] = int32(e.FD), int32(uint32(e.Events))
	}
	return int64(n)
}

//export gs_epoll_create
func gs_epoll_create() C.int64_t { return newEpoll(pyselect.NewEpoll()) }

//export gs_epoll_fromfd
func gs_epoll_fromfd(fd C.int64_t) C.int64_t { return newEpoll(pyselect.EpollFromFD(int(fd))) }

func newEpoll(e *pyselect.Epoll, err error) C.int64_t {
	if err != nil {
		return C.int64_t(result(err))
	}
	return C.int64_t(epolls.add(e))
}

//export gs_epoll_fileno
func gs_epoll_fileno(h C.int64_t) C.int64_t {
	return epolled(h, func(e *pyselect.Epoll) int64 { return int64(e.Fileno()) })
}

//export gs_epoll_close
func gs_epoll_close(h C.int64_t) C.int64_t {
	return epolled(h, func(e *pyselect.Epoll) int64 {
		epolls.drop(int64(h))
		return result(e.Close())
	})
}

func epolled(h C.int64_t, call func(e *pyselect.Epoll) int64) C.int64_t {
	e, ok := epolls.get(int64(h))
	if !ok {
		return codeHandle
	}
	return C.int64_t(call(e))
}

// The operations of epoll_ctl(2).
const (
	ctlAdd = 1
	ctlDel = 2
)

//export gs_epoll_ctl
func gs_epoll_ctl(h, op, fd, events C.int64_t) C.int64_t {
	return epolled(h, func(e *pyselect.Epoll) int64 {
		switch op {
		case ctlAdd:
			return result(e.Register(pyselect.FD(fd), uint32(events)))
		case ctlDel:
			return result(e.Unregister(pyselect.FD(fd)))
		}
		return result(e.Modify(pyselect.FD(fd), uint32(events)))
	})
}

//export gs_epoll_wait
func gs_epoll_wait(h, timeout, limit C.int64_t, pairs *C.int32_t, began *C.int64_t) C.int64_t {
	return epolled(h, func(e *pyselect.Epoll) int64 {
		return int64(waiting(began, func(c *pyselect.Call) int64 {
			events, err := c.Epoll(e, nil, time.Duration(timeout), int(limit))
			return fill(pairs, limit, events, err)
		}))
	})
}
