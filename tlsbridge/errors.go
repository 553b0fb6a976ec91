package tlsbridge

import (
	"errors"
	"net"
	"strings"
)

// Kind tells the subclasses of SSLError apart, by Python's numbers.
type Kind uint8

// The kinds.
const (
	KindSSL              Kind = 1 // SSLError, SSL_ERROR_SSL
	KindWantRead         Kind = 2 // SSLWantReadError
	KindWantWrite        Kind = 3 // SSLWantWriteError
	KindSyscall          Kind = 5 // SSLSyscallError
	KindZeroReturn       Kind = 6 // SSLZeroReturnError
	KindEOF              Kind = 8 // SSLEOFError
	KindCertVerification Kind = 9 // SSLCertVerificationError, whose number is SSL_ERROR_SSL
)

var kindNames = map[Kind]string{
	KindSSL: "SSLError", KindWantRead: "SSLWantReadError", KindWantWrite: "SSLWantWriteError",
	KindSyscall: "SSLSyscallError", KindZeroReturn: "SSLZeroReturnError", KindEOF: "SSLEOFError",
	KindCertVerification: "SSLCertVerificationError",
}

// String returns Python's name of the class.
func (k Kind) String() string { return kindNames[k] }

// Error is Python's SSLError and its subclasses. It unwraps to the error of
// crypto/tls or crypto/x509, if there is one.
type Error struct {
	Kind    Kind
	Op      string // "do_handshake", "read", "write", "unwrap", ...
	File    string // what load_cert_chain and load_verify_locations could not use, else ""
	Library string // "SSL", "X509", "PEM"
	Reason  string // in OpenSSL's vocabulary: "CERTIFICATE_VERIFY_FAILED"

	VerifyCode    int    // OpenSSL's X509_V_ERR_ number, for a certificate that was refused
	VerifyMessage string // what is wrong with it

	Err error
}

// Error names the call, its file, the class, and the reason by OpenSSL's name:
// "do_handshake: SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED]
// x509: certificate signed by unknown authority".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	if e.File != "" {
		b.WriteString(" " + e.File)
	}
	b.WriteString(": " + e.Kind.String())
	switch {
	case e.Reason != "":
		b.WriteString(": [" + e.Library + ": " + e.Reason + "]")
	case e.Library != "":
		b.WriteString(": [" + e.Library + "]")
	case e.Err != nil:
		b.WriteString(":")
	}
	if e.Err != nil {
		b.WriteString(" " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the error of crypto/tls.
func (e *Error) Unwrap() error { return e.Err }

// Timeout is false: timeouts are fdsock errors. Part of net.Error.
func (e *Error) Timeout() bool { return false }

// Temporary reports whether the call may succeed later. Part of net.Error.
func (e *Error) Temporary() bool { return e.Kind == KindWantRead || e.Kind == KindWantWrite }

var _ net.Error = (*Error)(nil)

// ValueError is an argument or a call that Python refuses with a ValueError.
type ValueError struct{ Text string }

// Error implements error.
func (e *ValueError) Error() string { return e.Text }

// TypeError is an argument that Python refuses with a TypeError.
type TypeError struct{ Text string }

// Error implements error.
func (e *TypeError) Error() string { return e.Text }

// NotImplementedError is what crypto/tls cannot do. It is an
// [errors.ErrUnsupported].
type NotImplementedError struct{ Text string }

// Error implements error.
func (e *NotImplementedError) Error() string { return e.Text }

// Is makes errors.Is(err, errors.ErrUnsupported) true.
func (e *NotImplementedError) Is(target error) bool { return target == errors.ErrUnsupported }

// inFile says in which file the error of reading one is.
func inFile(err error, name string) error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // ours, made just now
		e.File = name
	}
	return err
}

func isKind(err error, k Kind) bool {
	if e, ok := err.(*Error); ok { //nolint:errorlint // loops ask after every call, and errors.As allocates
		return e.Kind == k
	}
	if err == nil {
		return false
	}
	var e *Error
	return errors.As(err, &e) && e.Kind == k
}

// SSLError reports whether err is an [Error] of any kind.
func SSLError(err error) bool {
	var e *Error
	return errors.As(err, &e)
}

// SSLWantReadError reports whether the call must be made again once the socket
// is readable.
func SSLWantReadError(err error) bool { return isKind(err, KindWantRead) }

// SSLWantWriteError reports whether the call must be made again, with the same
// data, once the socket is writable.
func SSLWantWriteError(err error) bool { return isKind(err, KindWantWrite) }

// SSLZeroReturnError reports whether the peer has ended TLS in good order.
func SSLZeroReturnError(err error) bool { return isKind(err, KindZeroReturn) }

// SSLEOFError reports whether the connection ended without the peer saying so:
// what was received may have been cut off.
func SSLEOFError(err error) bool { return isKind(err, KindEOF) }

// SSLCertVerificationError reports whether the peer's certificate was refused.
func SSLCertVerificationError(err error) bool { return isKind(err, KindCertVerification) }
