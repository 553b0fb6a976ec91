//go:build libpollux

package main

/*
#include <stdint.h>
*/
import "C"

import (
	"sync"
	"unsafe"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
)

var (
	conns   handles[connection]
	numbers sync.Map // NamedConn -> its handle, for server name callbacks
)

// connected makes a call on a connection.
func connected(h C.int64_t, call func(c connection) int64) C.int64_t {
	c, ok := conns.get(int64(h))
	if !ok {
		return codeHandle
	}
	return C.int64_t(call(c))
}

// newConn gives a connection to C.
func newConn(c connection, err error) int64 {
	if err != nil {
		return sslResult(err)
	}
	h := conns.add(c)
	numbers.Store(c.named(), h)
	return h
}

// optionsOf makes the options of a connection. Python has its own ways with
// ragged ends and handshakes, and does both above this.
func optionsOf(server C.int64_t, host unsafe.Pointer, n, session C.int64_t) tlsbridge.Options {
	opts := tlsbridge.Options{Side: tlsbridge.ClientSide, ServerHostname: string(view(host, n)), KeepRaggedEOFs: true}
	if server != 0 {
		opts.Side = tlsbridge.ServerSide
	}
	opts.Session, _ = sessions.get(int64(session))
	return opts
}

//export gt_sock_new
func gt_sock_new(ctx, sock, server C.int64_t, host unsafe.Pointer, n, session C.int64_t) C.int64_t {
	return contexted(ctx, func(c *tlsbridge.Context) int64 {
		return int64(with(sock, func(s *fdsock.Socket) int64 {
			wrapped, err := c.Wrap(s, optionsOf(server, host, n, session))
			return newConn(&socketConn{wrapped}, err)
		}))
	})
}

//export gt_obj_new
func gt_obj_new(ctx, incoming, outgoing, server C.int64_t, host unsafe.Pointer, n, session C.int64_t) C.int64_t {
	return contexted(ctx, func(c *tlsbridge.Context) int64 {
		return int64(stored(incoming, func(in *tlsbridge.MemoryBIO) int64 {
			return int64(stored(outgoing, func(out *tlsbridge.MemoryBIO) int64 {
				object, err := c.WrapBIO(in, out, optionsOf(server, host, n, session))
				return newConn(&objectConn{object}, err)
			}))
		}))
	})
}

//export gt_conn_free
func gt_conn_free(h C.int64_t) C.int64_t {
	return connected(h, func(c connection) int64 {
		numbers.Delete(c.named())
		conns.drop(int64(h))
		c.drop()
		return 0
	})
}

// calling makes a call that may wait, taking it up again where the last
// attempt was interrupted.
func calling(h C.int64_t, began *C.int64_t, call func(c resumable) int64) C.int64_t {
	return connected(h, func(conn connection) int64 {
		c := conn.resume(int64(*began))
		defer func() { *began = C.int64_t(c.Began()) }()
		return call(c)
	})
}

//export gt_conn_handshake
func gt_conn_handshake(h C.int64_t, began *C.int64_t) C.int64_t {
	return calling(h, began, func(c resumable) int64 { return sslResult(c.DoHandshake()) })
}

//export gt_conn_read
func gt_conn_read(h C.int64_t, p unsafe.Pointer, n C.int64_t, began *C.int64_t) C.int64_t {
	return calling(h, began, func(c resumable) int64 { return sslCount(c.RecvInto(view(p, n))) })
}

//export gt_conn_write
func gt_conn_write(h C.int64_t, p unsafe.Pointer, n C.int64_t, began *C.int64_t) C.int64_t {
	return calling(h, began, func(c resumable) int64 { return sslCount(c.Send(view(p, n))) })
}

//export gt_conn_unwrap
func gt_conn_unwrap(h C.int64_t, began *C.int64_t) C.int64_t {
	return calling(h, began, func(c resumable) int64 {
		_, err := c.Unwrap()
		return sslResult(err)
	})
}

//export gt_conn_pending
func gt_conn_pending(h C.int64_t) C.int64_t {
	return connected(h, func(c connection) int64 { return int64(c.Pending()) })
}

//export gt_conn_ask
func gt_conn_ask(h C.int64_t, key unsafe.Pointer, n C.int64_t, p unsafe.Pointer, room C.int64_t) C.int64_t {
	return connected(h, func(c connection) int64 {
		ask, ok := connQuestions[string(view(key, n))]
		if !ok {
			return codeHandle
		}
		v, err := ask(c)
		return tlsAnswer(v, err, p, room)
	})
}

//export gt_conn_channel_binding
func gt_conn_channel_binding(h C.int64_t, kind unsafe.Pointer, n C.int64_t, p unsafe.Pointer, room C.int64_t) C.int64_t {
	return connected(h, func(c connection) int64 {
		binding, err := c.GetChannelBinding(string(view(kind, n)))
		return tlsAnswer(optional(binding), err, p, room)
	})
}

//export gt_conn_verify_client_post_handshake
func gt_conn_verify_client_post_handshake(h C.int64_t) C.int64_t {
	return connected(h, func(c connection) int64 { return sslResult(c.VerifyClientPostHandshake()) })
}

//export gt_conn_set_context
func gt_conn_set_context(h, ctx C.int64_t) C.int64_t {
	return connected(h, func(conn connection) int64 {
		return int64(contexted(ctx, func(c *tlsbridge.Context) int64 { return sslResult(conn.SetContext(c)) }))
	})
}
