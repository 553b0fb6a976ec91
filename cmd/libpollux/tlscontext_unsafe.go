//go:build libpollux

package main

/*
#include <stdint.h>

// A server name callback is given the connection, the context that it was set
// on and the name (NULL: none). It leaves the alert to end the handshake with
// in *alert, -1 for none.
typedef void (*server_name)(int64_t conn, int64_t ctx, void *name, int64_t n, int64_t *alert);

static inline int64_t call_server_name(void *f, int64_t conn, int64_t ctx, void *name, int64_t n) {
	int64_t alert = -1;
	((server_name)f)(conn, ctx, name, n, &alert);
	return alert;
}

// A password callback returns the password's length, -1 for an error.
typedef int64_t (*password)(void *buf, int64_t room);

static inline int64_t call_password(void *f, void *buf, int64_t room) {
	return ((password)f)(buf, room);
}
*/
import "C"

import (
	"unsafe"

	"github.com/pollux-net/pollux/tlsbridge"
)

var contexts handles[*tlsbridge.Context]

// contexted makes a call on a context.
func contexted(h C.int64_t, call func(c *tlsbridge.Context) int64) C.int64_t {
	c, ok := contexts.get(int64(h))
	if !ok {
		return codeHandle
	}
	return C.int64_t(call(c))
}

//export gt_ctx_new
func gt_ctx_new(protocol C.int64_t) C.int64_t {
	c, err := tlsbridge.NewContext(tlsbridge.Protocol(protocol))
	if err != nil {
		return C.int64_t(sslResult(err))
	}
	return C.int64_t(contexts.add(c))
}

//export gt_ctx_free
func gt_ctx_free(h C.int64_t) C.int64_t {
	contexts.drop(int64(h))
	return 0
}

//export gt_ctx_get
func gt_ctx_get(h C.int64_t, key unsafe.Pointer, n C.int64_t, value *C.int64_t) C.int64_t {
	return contexted(h, func(c *tlsbridge.Context) int64 {
		attribute, ok := attributes[string(view(key, n))]
		if !ok {
			return codeHandle
		}
		*value = C.int64_t(attribute.get(c))
		return 0
	})
}

//export gt_ctx_set
func gt_ctx_set(h C.int64_t, key unsafe.Pointer, n, value C.int64_t) C.int64_t {
	return contexted(h, func(c *tlsbridge.Context) int64 {
		attribute, ok := attributes[string(view(key, n))]
		if !ok || attribute.set == nil {
			return codeHandle
		}
		return sslResult(attribute.set(c, int64(value)))
	})
}

//export gt_ctx_settext
func gt_ctx_settext(h C.int64_t, key unsafe.Pointer, n C.int64_t, text unsafe.Pointer, size C.int64_t) C.int64_t {
	return contexted(h, func(c *tlsbridge.Context) int64 {
		set, ok := textAttributes[string(view(key, n))]
		if !ok {
			return codeHandle
		}
		return errnoOf(set(c, string(view(text, size))))
	})
}

//export gt_ctx_ask
func gt_ctx_ask(h C.int64_t, key unsafe.Pointer, n C.int64_t, p unsafe.Pointer, room C.int64_t) C.int64_t {
	return contexted(h, func(c *tlsbridge.Context) int64 {
		ask, ok := questions[string(view(key, n))]
		if !ok {
			return codeHandle
		}
		v, err := ask(c)
		return tlsAnswer(v, err, p, room)
	})
}

// tlsAnswer is answer for package tlsbridge.
func tlsAnswer(v any, err error, p unsafe.Pointer, room C.int64_t) int64 {
	if err != nil {
		return sslResult(err)
	}
	return int64(answer(v, nil, p, room))
}

//export gt_ctx_load_cert_chain
func gt_ctx_load_cert_chain(h C.int64_t, cert unsafe.Pointer, n C.int64_t, key unsafe.Pointer, size C.int64_t, ask unsafe.Pointer) C.int64_t {
	return contexted(h, func(c *tlsbridge.Context) int64 {
		var passwords []tlsbridge.Password
		if ask != nil {
			passwords = append(passwords, func() ([]byte, error) { return askPassword(ask) })
		}
		return errnoOf(c.LoadCertChain(string(view(cert, n)), string(view(key, size)), passwords...))
	})
}

// askPassword calls C. A password that does not fit is too long for anybody,
// and only its length counts.
func askPassword(ask unsafe.Pointer) ([]byte, error) {
	buf := make([]byte, 4096)
	n := C.call_password(ask, unsafe.Pointer(&buf[0]), C.int64_t(len(buf)))
	switch {
	case n < 0:
		return nil, errCallback
	case int(n) > len(buf):
		return make([]byte, int(n)), nil
	}
	return buf[:n], nil
}

//export gt_ctx_load_verify_locations
func gt_ctx_load_verify_locations(h C.int64_t, file unsafe.Pointer, n C.int64_t, path unsafe.Pointer, size C.int64_t) C.int64_t {
	return contexted(h, func(c *tlsbridge.Context) int64 {
		return errnoOf(c.LoadVerifyLocations(string(view(file, n)), string(view(path, size))))
	})
}

//export gt_ctx_load_verify_data
func gt_ctx_load_verify_data(h, der C.int64_t, data unsafe.Pointer, n C.int64_t) C.int64_t {
	return contexted(h, func(c *tlsbridge.Context) int64 {
		if der != 0 {
			return sslResult(c.LoadVerifyDER(view(data, n)))
		}
		return sslResult(c.LoadVerifyData(view(data, n)))
	})
}

//export gt_ctx_set_default_verify_paths
func gt_ctx_set_default_verify_paths(h C.int64_t) C.int64_t {
	return contexted(h, func(c *tlsbridge.Context) int64 {
		adoptEnvironment()
		return sslResult(c.SetDefaultVerifyPaths())
	})
}

//export gt_ctx_set_server_name
func gt_ctx_set_server_name(h C.int64_t, call unsafe.Pointer) C.int64_t {
	return contexted(h, func(c *tlsbridge.Context) int64 {
		if call == nil {
			return sslResult(c.SetServerNameCallback(nil))
		}
		return sslResult(c.SetServerNameCallback(func(conn tlsbridge.NamedConn, name string, _ *tlsbridge.Context) error {
			number, _ := numbers.Load(conn)
			n, _ := number.(int64)
			var text unsafe.Pointer
			if name != "" {
				text = unsafe.Pointer(unsafe.StringData(name))
			}
			if alert := C.call_server_name(call, C.int64_t(n), h, text, C.int64_t(len(name))); alert >= 0 {
				return tlsbridge.AlertDescription(alert)
			}
			return nil
		}))
	})
}
