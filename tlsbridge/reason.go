package tlsbridge

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net"
	"strings"

	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// explain turns an error of the engine into an Error. established says that
// the handshake is complete.
func explain(op string, err error, established bool) error {
	e := &Error{Kind: KindSSL, Op: op, Library: "SSL", Err: err}
	var header tls.RecordHeaderError
	var verify *verifyError
	var callback *callbackError
	var remote *net.OpError
	switch {
	case errors.Is(err, engine.ErrTruncated):
		e.Kind, e.Reason = KindEOF, "UNEXPECTED_EOF_WHILE_READING"
	case errors.Is(err, engine.ErrHandshakeIncomplete):
		e.Reason = "SHUTDOWN_WHILE_IN_INIT"
	case errors.Is(err, engine.ErrShutdown):
		e.Reason = "PROTOCOL_IS_SHUTDOWN"
	case errors.As(err, &verify):
		e.Kind, e.Reason = KindCertVerification, "CERTIFICATE_VERIFY_FAILED"
		e.VerifyCode, e.VerifyMessage = verify.code, verify.message
	case errors.As(err, &callback):
		e.Reason = "CALLBACK_FAILED"
	case errors.As(err, &header):
		e.Reason = headerReason(header, established)
	case errors.As(err, &remote) && remote.Op == "remote error":
		e.Reason = alertReason(remote.Err.Error())
	default:
		e.Reason = textReason(err.Error())
	}
	return e
}

// headerReason names what was received instead of a TLS record. Only the first
// can be a client that speaks something else.
func headerReason(e tls.RecordHeaderError, established bool) string {
	switch text := string(e.RecordHeader[:]); {
	case established:
	case strings.HasPrefix(text, "GET "), strings.HasPrefix(text, "POST "),
		strings.HasPrefix(text, "HEAD "), strings.HasPrefix(text, "PUT "):
		return "HTTP_REQUEST"
	case strings.HasPrefix(text, "CONNE"):
		return "HTTPS_PROXY_REQUEST"
	}
	if strings.Contains(e.Msg, "oversized record") {
		if binary.BigEndian.Uint16(e.RecordHeader[3:]) > bodySize {
			return "PACKET_LENGTH_TOO_LONG"
		}
		return "ENCRYPTED_LENGTH_TOO_LONG"
	}
	return "WRONG_VERSION_NUMBER"
}

// alerts maps crypto/tls's texts of received alerts to OpenSSL's reasons.
var alerts = map[string]string{
	"tls: unexpected message":             "SSLV3_ALERT_UNEXPECTED_MESSAGE",
	"tls: bad record MAC":                 "SSLV3_ALERT_BAD_RECORD_MAC",
	"tls: record overflow":                "TLSV1_ALERT_RECORD_OVERFLOW",
	"tls: handshake failure":              "SSLV3_ALERT_HANDSHAKE_FAILURE",
	"tls: bad certificate":                "SSLV3_ALERT_BAD_CERTIFICATE",
	"tls: unsupported certificate":        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
	"tls: revoked certificate":            "SSLV3_ALERT_CERTIFICATE_REVOKED",
	"tls: expired certificate":            "SSLV3_ALERT_CERTIFICATE_EXPIRED",
	"tls: unknown certificate":            "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
	"tls: illegal parameter":              "SSLV3_ALERT_ILLEGAL_PARAMETER",
	"tls: unknown certificate authority":  "TLSV1_ALERT_UNKNOWN_CA",
	"tls: access denied":                  "TLSV1_ALERT_ACCESS_DENIED",
	"tls: error decoding message":         "TLSV1_ALERT_DECODE_ERROR",
	"tls: error decrypting message":       "TLSV1_ALERT_DECRYPT_ERROR",
	"tls: protocol version not supported": "TLSV1_ALERT_PROTOCOL_VERSION",
	"tls: insufficient security level":    "TLSV1_ALERT_INSUFFICIENT_SECURITY",
	"tls: internal error":                 "TLSV1_ALERT_INTERNAL_ERROR",
	"tls: inappropriate fallback":         "TLSV1_ALERT_INAPPROPRIATE_FALLBACK",
	"tls: user canceled":                  "TLSV1_ALERT_USER_CANCELLED",
	"tls: no renegotiation":               "TLSV1_ALERT_NO_RENEGOTIATION",
	"tls: unrecognized name":              "TLSV1_UNRECOGNIZED_NAME",
	"tls: certificate required":           "TLSV13_ALERT_CERTIFICATE_REQUIRED",
	"tls: no application protocol":        "TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
}

func alertReason(text string) string {
	if reason, ok := alerts[text]; ok {
		return reason
	}
	return "UNKNOWN_ALERT_TYPE"
}

// textReason finds OpenSSL's reason for an error that crypto/tls only words.
func textReason(text string) string {
	for _, r := range []struct{ part, reason string }{
		{"bad record MAC", "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"},
		{"unexpected message", "UNEXPECTED_MESSAGE"},
		{"unexpected handshake message", "UNEXPECTED_MESSAGE"},
		{"record overflow", "DATA_LENGTH_TOO_LONG"},
		{"no mutually supported protocol versions", "UNSUPPORTED_PROTOCOL"},
		{"unsupported versions", "UNSUPPORTED_PROTOCOL"},
		{"no supported versions satisfy", "NO_PROTOCOLS_AVAILABLE"},
		{"no cipher suite supported", "NO_SHARED_CIPHER"},
		{"didn't provide a certificate", "PEER_DID_NOT_RETURN_A_CERTIFICATE"},
		{"renegotiation", "NO_RENEGOTIATION"},
		{"no certificates configured", "NO_SUITABLE_CERTIFICATE"},
	} {
		if strings.Contains(text, r.part) {
			return r.reason
		}
	}
	return "SSL_ERROR"
}
