package tlsbridge

import (
	"crypto/tls"
	"fmt"
)

// Protocol says which side a context is for, and with which versions. The
// numbers are Python's.
type Protocol int

// The protocols. With the first three the highest version that both sides
// have is negotiated; the others are deprecated, and pin one version.
const (
	PROTOCOL_TLS_CLIENT Protocol = 16 // verifies certificate and name
	PROTOCOL_TLS_SERVER Protocol = 17
	PROTOCOL_TLS        Protocol = 2 // either side, see Options.Side; deprecated in Python
	PROTOCOL_SSLv23     Protocol = PROTOCOL_TLS
	PROTOCOL_TLSv1      Protocol = 3
	PROTOCOL_TLSv1_1    Protocol = 4
	PROTOCOL_TLSv1_2    Protocol = 5
)

var protocolNames = map[Protocol]string{
	PROTOCOL_TLS: "PROTOCOL_TLS", PROTOCOL_TLSv1: "PROTOCOL_TLSv1", PROTOCOL_TLSv1_1: "PROTOCOL_TLSv1_1",
	PROTOCOL_TLSv1_2: "PROTOCOL_TLSv1_2", PROTOCOL_TLS_CLIENT: "PROTOCOL_TLS_CLIENT", PROTOCOL_TLS_SERVER: "PROTOCOL_TLS_SERVER",
}

// GetProtocolName returns a protocol's name, or "<unknown>": Python's
// get_protocol_name. Any goroutine.
func GetProtocolName(p Protocol) string {
	if name, ok := protocolNames[p]; ok {
		return name
	}
	return "<unknown>"
}

// String returns Python's name.
func (p Protocol) String() string { return GetProtocolName(p) }

// pinned returns the one version of a deprecated protocol, or 0.
func (p Protocol) pinned() TLSVersion {
	switch p {
	case PROTOCOL_TLSv1:
		return TLSv1
	case PROTOCOL_TLSv1_1:
		return TLSv1_1
	case PROTOCOL_TLSv1_2:
		return TLSv1_2
	case PROTOCOL_TLS, PROTOCOL_TLS_CLIENT, PROTOCOL_TLS_SERVER:
	}
	return 0
}

// Side is the role of one connection.
type Side uint8

// The sides.
const (
	SideOfContext Side = iota // the context's; a client's if it is for both
	ClientSide
	ServerSide // server_side=True
)

// VerifyMode says what is asked of the peer's certificate.
type VerifyMode int

// The verify modes.
const (
	CERT_NONE     VerifyMode = iota // any certificate, or none
	CERT_OPTIONAL                   // a server verifies the certificate a client sends
	CERT_REQUIRED                   // a verified certificate
)

// VerifyFlags refine how certificates are verified, with OpenSSL's numbers.
type VerifyFlags uint64

// The verify flags.
const (
	VERIFY_DEFAULT            VerifyFlags = 0
	VERIFY_CRL_CHECK_LEAF     VerifyFlags = 0x4     // the peer's own certificate needs a CRL
	VERIFY_CRL_CHECK_CHAIN    VerifyFlags = 0xc     // every certificate of the chain does
	VERIFY_X509_STRICT        VerifyFlags = 0x20    // RFC 5280 to the letter
	VERIFY_ALLOW_PROXY_CERTS  VerifyFlags = 0x40    // impossible: refused
	VERIFY_X509_TRUSTED_FIRST VerifyFlags = 0x8000  // always so
	VERIFY_X509_PARTIAL_CHAIN VerifyFlags = 0x80000 // a trusted certificate needs no issuer
)

// TLSVersion is a protocol version, with the number it has on the wire.
type TLSVersion int

// The versions.
const (
	MINIMUM_SUPPORTED TLSVersion = -2
	MAXIMUM_SUPPORTED TLSVersion = -1
	SSLv3             TLSVersion = 0x0300 // not in crypto/tls: refused
	TLSv1             TLSVersion = tls.VersionTLS10
	TLSv1_1           TLSVersion = tls.VersionTLS11
	TLSv1_2           TLSVersion = tls.VersionTLS12
	TLSv1_3           TLSVersion = tls.VersionTLS13
)

// String returns Python's name, "TLSv1.3" for example.
func (v TLSVersion) String() string {
	switch v {
	case MINIMUM_SUPPORTED:
		return "MINIMUM_SUPPORTED"
	case MAXIMUM_SUPPORTED:
		return "MAXIMUM_SUPPORTED"
	case SSLv3:
		return "SSLv3"
	case TLSv1:
		return "TLSv1"
	case TLSv1_1:
		return "TLSv1.1"
	case TLSv1_2:
		return "TLSv1.2"
	case TLSv1_3:
		return "TLSv1.3"
	}
	return fmt.Sprintf("0x%x", uint32(v)) //nolint:gosec // as C prints it
}
