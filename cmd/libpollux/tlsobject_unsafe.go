//go:build libpollux

package main

/*
#include <stdint.h>
#include <stdlib.h>
*/
import "C"

import (
	"os"
	"unsafe"

	"github.com/pollux-net/pollux/tlsbridge"
)

var (
	bios     handles[*tlsbridge.MemoryBIO]
	sessions handles[*tlsbridge.Session]
)

// stored makes a call on a MemoryBIO.
func stored(h C.int64_t, call func(b *tlsbridge.MemoryBIO) int64) C.int64_t {
	b, ok := bios.get(int64(h))
	if !ok {
		return codeHandle
	}
	return C.int64_t(call(b))
}

//export gt_bio_new
func gt_bio_new() C.int64_t { return C.int64_t(bios.add(new(tlsbridge.MemoryBIO))) }

//export gt_bio_free
func gt_bio_free(h C.int64_t) C.int64_t {
	bios.drop(int64(h))
	return 0
}

//export gt_bio_read
func gt_bio_read(h C.int64_t, p unsafe.Pointer, n C.int64_t) C.int64_t {
	return stored(h, func(b *tlsbridge.MemoryBIO) int64 { return int64(b.ReadInto(view(p, n))) })
}

//export gt_bio_write
func gt_bio_write(h C.int64_t, p unsafe.Pointer, n C.int64_t) C.int64_t {
	return stored(h, func(b *tlsbridge.MemoryBIO) int64 { return sslCount(b.Write(view(p, n))) })
}

//export gt_bio_write_eof
func gt_bio_write_eof(h C.int64_t) C.int64_t {
	return stored(h, func(b *tlsbridge.MemoryBIO) int64 { b.WriteEOF(); return 0 })
}

//export gt_bio_pending
func gt_bio_pending(h C.int64_t) C.int64_t {
	return stored(h, func(b *tlsbridge.MemoryBIO) int64 { return int64(b.Pending()) })
}

//export gt_bio_eof
func gt_bio_eof(h C.int64_t) C.int64_t {
	return stored(h, func(b *tlsbridge.MemoryBIO) int64 { return flag(b.EOF()) })
}

//export gt_conn_session
func gt_conn_session(h C.int64_t) C.int64_t {
	return connected(h, func(c connection) int64 {
		if s := c.Session(); s != nil {
			return sessions.add(s)
		}
		return 0
	})
}

//export gt_conn_set_session
func gt_conn_set_session(h, session C.int64_t) C.int64_t {
	return connected(h, func(c connection) int64 {
		s, _ := sessions.get(int64(session))
		return sslResult(c.SetSession(s))
	})
}

//export gt_session_free
func gt_session_free(h C.int64_t) C.int64_t {
	sessions.drop(int64(h))
	return 0
}

//export gt_session_equal
func gt_session_equal(h, other C.int64_t) C.int64_t {
	a, _ := sessions.get(int64(h))
	b, _ := sessions.get(int64(other))
	return C.int64_t(flag(a.Equal(b)))
}

//export gt_session_info
func gt_session_info(h C.int64_t, p unsafe.Pointer, room C.int64_t) C.int64_t {
	s, ok := sessions.get(int64(h))
	if !ok {
		return codeHandle
	}
	return answer(map[string]any{
		"id": s.ID(), "time": s.Time().Unix(), "timeout": int64(s.Timeout().Seconds()),
		"ticket_lifetime_hint": int64(s.TicketLifetimeHint().Seconds()), "has_ticket": s.HasTicket(),
	}, nil, p, room)
}

//export gt_cert_decode
func gt_cert_decode(der unsafe.Pointer, n C.int64_t, p unsafe.Pointer, room C.int64_t) C.int64_t {
	cert, err := tlsbridge.DecodeCertificate(view(der, n))
	return C.int64_t(tlsAnswer(cert, err, p, room))
}

//export gt_cert_pem
func gt_cert_pem(der unsafe.Pointer, n C.int64_t, p unsafe.Pointer, room C.int64_t) C.int64_t {
	return put([]byte(tlsbridge.DERCertToPEMCert(view(der, n))), p, room)
}

//export gt_object
func gt_object(kind, nid C.int64_t, name unsafe.Pointer, n C.int64_t, p unsafe.Pointer, room C.int64_t) C.int64_t {
	var o tlsbridge.Object
	var err error
	switch kind {
	case 0:
		o, err = tlsbridge.ObjectFromNID(int(nid))
	case 1:
		o, err = tlsbridge.ObjectFromOID(string(view(name, n)))
	default:
		o, err = tlsbridge.ObjectFromName(string(view(name, n)))
	}
	return C.int64_t(tlsAnswer([]any{o.NID, o.ShortName, o.LongName, o.OID}, err, p, room))
}

// adoptEnvironment gives Go the variables that name authorities as C has them
// now: Go keeps those of the time when it was loaded.
func adoptEnvironment() {
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		key := C.CString(name)
		value := C.getenv(key)
		C.free(unsafe.Pointer(key))
		old, there := os.LookupEnv(name)
		switch {
		case value == nil && there:
			_ = os.Unsetenv(name)
		case value != nil && (!there || old != C.GoString(value)):
			_ = os.Setenv(name, C.GoString(value))
		}
	}
}

//export gt_default_verify_paths
func gt_default_verify_paths(p unsafe.Pointer, room C.int64_t) C.int64_t {
	adoptEnvironment()
	v := tlsbridge.GetDefaultVerifyPaths()
	return answer([]string{v.OpenSSLCAFileEnv, v.OpenSSLCAFile, v.OpenSSLCAPathEnv, v.OpenSSLCAPath}, nil, p, room)
}

//export gt_random
func gt_random(p unsafe.Pointer, n C.int64_t) C.int64_t {
	b, err := tlsbridge.RANDBytes(int(n))
	if err != nil {
		return C.int64_t(sslResult(err))
	}
	return C.int64_t(copy(view(p, n), b))
}

//export gt_features
func gt_features(p unsafe.Pointer, room C.int64_t) C.int64_t {
	return answer(map[string]any{
		"OPENSSL_VERSION": tlsbridge.OpenSSLVersion(), "OPENSSL_VERSION_NUMBER": tlsbridge.OPENSSL_VERSION_NUMBER,
		"HAS_SNI": tlsbridge.HAS_SNI, "HAS_ECDH": tlsbridge.HAS_ECDH, "HAS_ALPN": tlsbridge.HAS_ALPN, "HAS_NPN": tlsbridge.HAS_NPN,
		"HAS_SSLv2": tlsbridge.HAS_SSLv2, "HAS_SSLv3": tlsbridge.HAS_SSLv3, "HAS_TLSv1": tlsbridge.HAS_TLSv1,
		"HAS_TLSv1_1": tlsbridge.HAS_TLSv1_1, "HAS_TLSv1_2": tlsbridge.HAS_TLSv1_2, "HAS_TLSv1_3": tlsbridge.HAS_TLSv1_3,
	}, nil, p, room)
}
