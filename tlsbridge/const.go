package tlsbridge

import "crypto/tls"

// Protocol says which side a context is for.
type Protocol uint8

// The protocols: the highest version that both sides have is negotiated.
const (
	PROTOCOL_TLS_CLIENT Protocol = iota // verifies certificate and name
	PROTOCOL_TLS_SERVER
)

// VerifyMode says what is asked of the peer's certificate.
type VerifyMode uint8

// The verify modes.
const (
	CERT_NONE     VerifyMode = iota // any certificate, or none
	CERT_OPTIONAL                   // a server verifies the certificate a client sends
	CERT_REQUIRED                   // a verified certificate
)

// TLSVersion is a protocol version, with the number it has on the wire.
type TLSVersion uint16

// The versions.
const (
	TLSv1_2 TLSVersion = tls.VersionTLS12
	TLSv1_3 TLSVersion = tls.VersionTLS13
)

// String returns Python's name, "TLSv1.3" for example.
func (v TLSVersion) String() string {
	switch v {
	case TLSv1_2:
		return "TLSv1.2"
	case TLSv1_3:
		return "TLSv1.3"
	}
	return tls.VersionName(uint16(v))
}
