//go:build libpollux

package main

/*
#include <stdint.h>
*/
import "C"

import (
	"encoding/binary"
	"unsafe"

	"github.com/pollux-net/pollux/fdsock"
)

//export gs_recv
func gs_recv(h C.int64_t, p unsafe.Pointer, n, flags C.int64_t, began *C.int64_t) C.int64_t {
	return during(h, began, func(c *fdsock.Call) int64 { return count(c.RecvInto(view(p, n), int(flags))) })
}

//export gs_recvfrom
func gs_recvfrom(h C.int64_t, p unsafe.Pointer, n, flags C.int64_t, addr unsafe.Pointer, room C.int64_t, addrLen, began *C.int64_t) C.int64_t {
	return during(h, began, func(c *fdsock.Call) int64 {
		got, from, err := c.RecvFromInto(view(p, n), int(flags))
		if err != nil {
			return result(err)
		}
		*addrLen = put(addressText(from), addr, room)
		return int64(got)
	})
}

//export gs_recvmsg
func gs_recvmsg(h C.int64_t, iov unsafe.Pointer, niov, ancsize, flags C.int64_t, control unsafe.Pointer, controlRoom C.int64_t,
	controlLen, outFlags *C.int64_t, addr unsafe.Pointer, room C.int64_t, addrLen, began *C.int64_t,
) C.int64_t {
	return during(h, began, func(c *fdsock.Call) int64 {
		got, err := c.RecvMsgInto(vectors(iov, niov), int(ancsize), int(flags))
		if err != nil {
			return result(err)
		}
		*controlLen = put(controlText(got.Ancillary), control, controlRoom)
		*outFlags = C.int64_t(got.Flags)
		*addrLen = put(addressText(got.Addr), addr, room)
		return int64(got.N)
	})
}

//export gs_send
func gs_send(h C.int64_t, p unsafe.Pointer, n, flags C.int64_t, began *C.int64_t) C.int64_t {
	return during(h, began, func(c *fdsock.Call) int64 { return count(c.Send(view(p, n), int(flags))) })
}

//export gs_sendall
func gs_sendall(h C.int64_t, p unsafe.Pointer, n, flags C.int64_t, sent, began *C.int64_t) C.int64_t {
	return during(h, began, func(c *fdsock.Call) int64 {
		more, err := c.SendAll(view(p, n)[*sent:], int(flags))
		*sent += C.int64_t(more)
		return result(err)
	})
}

//export gs_sendto
func gs_sendto(h C.int64_t, p unsafe.Pointer, n, flags C.int64_t, addr unsafe.Pointer, addrLen C.int64_t, began *C.int64_t) C.int64_t {
	return during(h, began, func(c *fdsock.Call) int64 {
		to, err := addressOf(view(addr, addrLen))
		if err != nil {
			return result(err)
		}
		return count(c.SendTo(view(p, n), to, int(flags)))
	})
}

//export gs_sendmsg
func gs_sendmsg(h C.int64_t, iov unsafe.Pointer, niov C.int64_t, anc unsafe.Pointer, ancLen, flags C.int64_t,
	addr unsafe.Pointer, addrLen C.int64_t, began *C.int64_t,
) C.int64_t {
	return during(h, began, func(c *fdsock.Call) int64 {
		var to fdsock.Addr
		if addrLen > 0 {
			var err error
			if to, err = addressOf(view(addr, addrLen)); err != nil {
				return result(err)
			}
		}
		return count(c.SendMsg(vectors(iov, niov), controlOf(view(anc, ancLen)), to, int(flags)))
	})
}

// controlOf reads ancillary data: records of level, type, length, and the data
// padded to four bytes.
func controlOf(b []byte) (list []fdsock.ControlMessage) {
	for len(b) >= 12 {
		word := func(i int) int { return int(int32(binary.NativeEndian.Uint32(b[4*i:]))) }
		n := word(2)
		list = append(list, fdsock.ControlMessage{Level: word(0), Type: word(1), Data: b[12 : 12+n]})
		b = b[min(12+(n+3)&^3, len(b)):]
	}
	return list
}

// controlText is the reverse of controlOf.
func controlText(list []fdsock.ControlMessage) (b []byte) {
	for _, c := range list {
		for _, word := range []int{c.Level, c.Type, len(c.Data)} {
			b = binary.NativeEndian.AppendUint32(b, uint32(word))
		}
		b = append(b, c.Data...)
		b = append(b, make([]byte, -len(c.Data)&3)...)
	}
	return b
}
