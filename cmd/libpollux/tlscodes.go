//go:build libpollux

package main

import (
	"errors"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/tlsbridge"
)

// The results of TLS calls, see ABI.md. An SSLError is codeSSL less its kind.
const (
	codeSSL            = -7000
	codeCallback       = -7020 // a callback has failed, and knows why
	codeNotImplemented = -7021
)

// errCallback is what a callback of C's ends a call with.
var errCallback = errors.New("a callback has failed")

// sslResult turns an error of package tlsbridge into a result; what is not
// its own is left to [result].
func sslResult(err error) int64 {
	var (
		ssl     *tlsbridge.Error
		value   *tlsbridge.ValueError
		typ     *tlsbridge.TypeError
		missing *tlsbridge.NotImplementedError
	)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errCallback):
		return codeCallback
	case errors.As(err, &ssl):
		return fail(codeSSL-int64(ssl.Kind), sslText(ssl))
	case errors.As(err, &value):
		return fail(codeValue, value.Text)
	case errors.As(err, &typ):
		return fail(codeType, typ.Text)
	case errors.As(err, &missing):
		return fail(codeNotImplemented, missing.Text)
	}
	return result(err)
}

// sslCount is sslResult for calls that return a number.
func sslCount(n int, err error) int64 {
	if err != nil {
		return sslResult(err)
	}
	return int64(n)
}

// sslText puts an error's fields in the order of ABI.md.
func sslText(e *tlsbridge.Error) string {
	text := words(e)
	return strings.Join([]string{e.Library, e.Reason, strconv.Itoa(e.VerifyCode), e.VerifyMessage, text}, "\t")
}

// words are OpenSSL's for an error: mostly its reason in lower case.
func words(e *tlsbridge.Error) string {
	switch {
	case e.Kind == tlsbridge.KindWantRead:
		return "The operation did not complete (read)"
	case e.Kind == tlsbridge.KindWantWrite:
		return "The operation did not complete (write)"
	case e.Kind == tlsbridge.KindZeroReturn:
		return "TLS/SSL connection has been closed (EOF)"
	case e.Kind == tlsbridge.KindEOF:
		return "EOF occurred in violation of protocol"
	case e.Kind == tlsbridge.KindCertVerification:
		return "certificate verify failed: " + e.VerifyMessage
	case e.Err != nil && (e.Reason == "" || e.Reason == "SSL_ERROR"):
		return e.Err.Error()
	}
	return strings.ToLower(strings.ReplaceAll(e.Reason, "_", " "))
}

// errnoOf is for errors of files: the number, whatever they are wrapped in.
func errnoOf(err error) int64 {
	var ssl *tlsbridge.Error
	var errno unix.Errno
	if !errors.As(err, &ssl) && errors.As(err, &errno) {
		return -int64(errno)
	}
	return sslResult(err)
}
