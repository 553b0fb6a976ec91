//go:build libpollux

package main

/*
#include <stdint.h>
*/
import "C"

import (
	"time"
	"unsafe"

	"github.com/pollux-net/pollux/fdsock"
)

var sockets handles[*fdsock.Socket]

// handle gives a new socket to C.
func handle(s *fdsock.Socket, err error) C.int64_t {
	if err != nil {
		return C.int64_t(result(err))
	}
	if err := ready(s); err != nil {
		return C.int64_t(result(err))
	}
	return C.int64_t(sockets.add(s))
}

// with makes a call on a socket.
func with(h C.int64_t, call func(s *fdsock.Socket) int64) C.int64_t {
	s, ok := sockets.get(int64(h))
	if !ok {
		return codeHandle
	}
	return C.int64_t(call(s))
}

// during makes a call that may wait, taking it up again where the last
// attempt was interrupted.
func during(h C.int64_t, began *C.int64_t, call func(c *fdsock.Call) int64) C.int64_t {
	return with(h, func(s *fdsock.Socket) int64 {
		c := s.Resume(int64(*began))
		defer func() { *began = C.int64_t(c.Began()) }()
		return call(c)
	})
}

//export gs_socket
func gs_socket(family, typ, proto C.int64_t) C.int64_t {
	return handle(fdsock.New(int(family), int(typ), int(proto)))
}

//export gs_fromfd
func gs_fromfd(fd, family, typ, proto C.int64_t) C.int64_t {
	s, err := adopt(int(fd), int(family), int(typ), int(proto))
	if err != nil {
		return C.int64_t(result(err))
	}
	return C.int64_t(sockets.add(s))
}

//export gs_socketpair
func gs_socketpair(family, typ, proto C.int64_t, fds *C.int32_t) C.int64_t {
	a, b, err := fdsock.SocketPairOf(int(family), int(typ), int(proto))
	if err != nil {
		return C.int64_t(result(err))
	}
	if err := ready(a, b); err != nil {
		return C.int64_t(result(err))
	}
	pair := ints(fds, 2)
	pair[0], pair[1] = int32(a.Detach()), int32(b.Detach())
	return 0
}

//export gs_info
func gs_info(h C.int64_t, out *C.int64_t) C.int64_t {
	return with(h, func(s *fdsock.Socket) int64 {
		info := unsafe.Slice((*int64)(unsafe.Pointer(out)), 5)
		info[0], info[1], info[2], info[3] = int64(s.Fileno()), int64(s.Family()), int64(s.Type()), int64(s.Proto())
		info[4] = int64(s.GetTimeout())
		return 0
	})
}

//export gs_close
func gs_close(h C.int64_t) C.int64_t {
	return with(h, func(s *fdsock.Socket) int64 { return result(s.Close()) })
}

//export gs_free
func gs_free(h C.int64_t) C.int64_t {
	sockets.drop(int64(h))
	return 0
}

//export gs_detach
func gs_detach(h C.int64_t) C.int64_t {
	return with(h, func(s *fdsock.Socket) int64 { return int64(s.Detach()) })
}

//export gs_dup
func gs_dup(fd C.int64_t) C.int64_t { return C.int64_t(count(fdsock.Dup(int(fd)))) }

//export gs_closefd
func gs_closefd(fd C.int64_t) C.int64_t { return C.int64_t(result(fdsock.CloseFD(int(fd)))) }

//export gs_settimeout
func gs_settimeout(h, ns C.int64_t) C.int64_t {
	return with(h, func(s *fdsock.Socket) int64 {
		s.SetTimeout(time.Duration(ns))
		return result(s.SetOptions(forPython)) // the error of a descriptor that is closed
	})
}

//export gs_setdefaulttimeout
func gs_setdefaulttimeout(ns C.int64_t) C.int64_t {
	fdsock.SetDefaultTimeout(time.Duration(ns))
	return 0
}

//export gs_getdefaulttimeout
func gs_getdefaulttimeout() C.int64_t { return C.int64_t(fdsock.GetDefaultTimeout()) }

//export gs_bind
func gs_bind(h C.int64_t, addr unsafe.Pointer, n C.int64_t) C.int64_t {
	return with(h, func(s *fdsock.Socket) int64 {
		a, err := addressOf(view(addr, n))
		if err != nil {
			return result(err)
		}
		return result(s.Bind(a))
	})
}

//export gs_listen
func gs_listen(h, backlog C.int64_t) C.int64_t {
	return with(h, func(s *fdsock.Socket) int64 { return result(s.Listen(int(backlog))) })
}

//export gs_connect
func gs_connect(h C.int64_t, addr unsafe.Pointer, n C.int64_t, state, began *C.int64_t) C.int64_t {
	return during(h, began, func(c *fdsock.Call) int64 {
		a, err := addressOf(view(addr, n))
		if err != nil {
			return result(err)
		}
		err = c.Connect(a, *state != 0)
		if fdsock.InterruptedError(err) {
			*state = 1
		}
		return result(err)
	})
}

//export gs_accept
func gs_accept(h C.int64_t, fd *C.int32_t, addr unsafe.Pointer, room C.int64_t, began *C.int64_t) C.int64_t {
	return during(h, began, func(c *fdsock.Call) int64 {
		child, from, err := c.Accept()
		if err != nil {
			return result(err)
		}
		if err := ready(child); err != nil {
			return result(err)
		}
		*fd = C.int32_t(child.Detach())
		return int64(put(addressText(from), addr, room))
	})
}

//export gs_getsockname
func gs_getsockname(h C.int64_t, addr unsafe.Pointer, room C.int64_t) C.int64_t {
	return with(h, func(s *fdsock.Socket) int64 { return name(s.GetSockName, addr, room) })
}

//export gs_getpeername
func gs_getpeername(h C.int64_t, addr unsafe.Pointer, room C.int64_t) C.int64_t {
	return with(h, func(s *fdsock.Socket) int64 { return name(s.GetPeerName, addr, room) })
}

func name(get func() (fdsock.Addr, error), addr unsafe.Pointer, room C.int64_t) int64 {
	a, err := get()
	if err != nil {
		return result(err)
	}
	return int64(put(addressText(a), addr, room))
}

//export gs_shutdown
func gs_shutdown(h, how C.int64_t) C.int64_t {
	return with(h, func(s *fdsock.Socket) int64 { return result(s.Shutdown(int(how))) })
}

//export gs_getsockopt
func gs_getsockopt(h, level, option C.int64_t, p unsafe.Pointer, n *C.int64_t) C.int64_t {
	return with(h, func(s *fdsock.Socket) int64 {
		got, err := s.GetSockOptInto(int(level), int(option), view(p, *n))
		*n = C.int64_t(got)
		return result(err)
	})
}

//export gs_setsockopt
func gs_setsockopt(h, level, option C.int64_t, p unsafe.Pointer, n C.int64_t) C.int64_t {
	return with(h, func(s *fdsock.Socket) int64 {
		if p == nil {
			return result(s.SetSockOptNil(int(level), int(option), int(n)))
		}
		return result(s.SetSockOptBytes(int(level), int(option), unsafe.Slice((*byte)(p), int(n))))
	})
}
