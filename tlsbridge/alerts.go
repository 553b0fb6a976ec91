package tlsbridge

import "strconv"

// AlertDescription is the number of a TLS alert. It is an error, for a server
// name callback to return: the handshake ends with this alert.
type AlertDescription uint8

// The alerts, RFC 8446 section 6.
const (
	ALERT_DESCRIPTION_CLOSE_NOTIFY                    AlertDescription = 0
	ALERT_DESCRIPTION_UNEXPECTED_MESSAGE              AlertDescription = 10
	ALERT_DESCRIPTION_BAD_RECORD_MAC                  AlertDescription = 20
	ALERT_DESCRIPTION_RECORD_OVERFLOW                 AlertDescription = 22
	ALERT_DESCRIPTION_DECOMPRESSION_FAILURE           AlertDescription = 30
	ALERT_DESCRIPTION_HANDSHAKE_FAILURE               AlertDescription = 40
	ALERT_DESCRIPTION_BAD_CERTIFICATE                 AlertDescription = 42
	ALERT_DESCRIPTION_UNSUPPORTED_CERTIFICATE         AlertDescription = 43
	ALERT_DESCRIPTION_CERTIFICATE_REVOKED             AlertDescription = 44
	ALERT_DESCRIPTION_CERTIFICATE_EXPIRED             AlertDescription = 45
	ALERT_DESCRIPTION_CERTIFICATE_UNKNOWN             AlertDescription = 46
	ALERT_DESCRIPTION_ILLEGAL_PARAMETER               AlertDescription = 47
	ALERT_DESCRIPTION_UNKNOWN_CA                      AlertDescription = 48
	ALERT_DESCRIPTION_ACCESS_DENIED                   AlertDescription = 49
	ALERT_DESCRIPTION_DECODE_ERROR                    AlertDescription = 50
	ALERT_DESCRIPTION_DECRYPT_ERROR                   AlertDescription = 51
	ALERT_DESCRIPTION_PROTOCOL_VERSION                AlertDescription = 70
	ALERT_DESCRIPTION_INSUFFICIENT_SECURITY           AlertDescription = 71
	ALERT_DESCRIPTION_INTERNAL_ERROR                  AlertDescription = 80
	ALERT_DESCRIPTION_USER_CANCELLED                  AlertDescription = 90
	ALERT_DESCRIPTION_NO_RENEGOTIATION                AlertDescription = 100
	ALERT_DESCRIPTION_UNSUPPORTED_EXTENSION           AlertDescription = 110
	ALERT_DESCRIPTION_CERTIFICATE_UNOBTAINABLE        AlertDescription = 111
	ALERT_DESCRIPTION_UNRECOGNIZED_NAME               AlertDescription = 112
	ALERT_DESCRIPTION_BAD_CERTIFICATE_STATUS_RESPONSE AlertDescription = 113
	ALERT_DESCRIPTION_BAD_CERTIFICATE_HASH_VALUE      AlertDescription = 114
	ALERT_DESCRIPTION_UNKNOWN_PSK_IDENTITY            AlertDescription = 115
)

// Error names the number.
func (a AlertDescription) Error() string { return "TLS alert " + strconv.Itoa(int(a)) }
