package tlsbridge

import "runtime"

// What this implementation has, by Python's names.
const (
	HAS_SNI                     = true
	HAS_ECDH                    = true
	HAS_ALPN                    = true
	HAS_NPN                     = false
	HAS_SSLv2                   = false
	HAS_SSLv3                   = false
	HAS_TLSv1                   = true
	HAS_TLSv1_1                 = true
	HAS_TLSv1_2                 = true
	HAS_TLSv1_3                 = true
	HAS_NEVER_CHECK_COMMON_NAME = true
)

// OPENSSL_VERSION_NUMBER is that of OpenSSL 3.0.0, the first whose errors and
// rules are followed here.
const OPENSSL_VERSION_NUMBER = 0x30000000

// OpenSSLVersion returns the text in the place of Python's OPENSSL_VERSION:
// the version of crypto/tls, which is that of Go. Any goroutine.
func OpenSSLVersion() string { return "Pollux crypto/tls " + runtime.Version() }

// CHANNEL_BINDING_TYPES are the types that GetChannelBinding knows.
func CHANNEL_BINDING_TYPES() []string { return []string{"tls-unique"} }

// SSLErrorNumber is Python's number of a class of errors. Those that this
// package returns are named by [Kind] as well.
type SSLErrorNumber int

// The error numbers.
const (
	SSL_ERROR_SSL                SSLErrorNumber = 1
	SSL_ERROR_WANT_READ          SSLErrorNumber = 2
	SSL_ERROR_WANT_WRITE         SSLErrorNumber = 3
	SSL_ERROR_WANT_X509_LOOKUP   SSLErrorNumber = 4
	SSL_ERROR_SYSCALL            SSLErrorNumber = 5
	SSL_ERROR_ZERO_RETURN        SSLErrorNumber = 6
	SSL_ERROR_WANT_CONNECT       SSLErrorNumber = 7
	SSL_ERROR_EOF                SSLErrorNumber = 8
	SSL_ERROR_INVALID_ERROR_CODE SSLErrorNumber = 10
)

// Errno returns the number that Python's exception of this kind carries.
func (k Kind) Errno() SSLErrorNumber {
	if k == KindCertVerification {
		return SSL_ERROR_SSL
	}
	return SSLErrorNumber(k)
}

// Purpose is what CreateDefaultContext makes a context for.
type Purpose string

// The purposes, by the names of OpenSSL's objects.
const (
	SERVER_AUTH Purpose = "serverAuth" // to authenticate servers: a client's context
	CLIENT_AUTH Purpose = "clientAuth" // to authenticate clients: a server's context
)
