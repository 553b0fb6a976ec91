package tlsbridge_test

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
)

const textScript = `
import json, ssl, sys
def t(f, *a):
    try:
        r = f(*a)
        return r.hex() if isinstance(r, bytes) else str(r)
    except ValueError as e:
        return "ValueError: " + str(e)
times, pems = json.loads(sys.argv[1])
print(json.dumps([[t(ssl.cert_time_to_seconds, x) for x in times], [t(ssl.PEM_cert_to_DER_cert, x) for x in pems],
    [ssl.DER_cert_to_PEM_cert(b"x" * n) for n in range(200)]]))
`

// TestTextAsPython converts times and certificates as CPython does, mistakes
// too.
//
//inventory:row cert_time_to_seconds
//inventory:row DER_cert_to_PEM_cert
//inventory:row PEM_cert_to_DER_cert
func TestTextAsPython(t *testing.T) {
	times := []string{
		"Jan  5 09:34:43 2018 GMT", "Jan 05 09:34:43 2018 GMT", "jan 5 09:34:43 2018 GMT", "JAN 5 09:34:43 2018 gmt", "Jan 5 9:4:3 2018 GMT",
		"Jan 5  09:34:43  2018  GMT", "Jan  5 09:34:43 2018", "Jan  5 09:34:43 2018 UTC", "Jan 5 09:34:60 2018 GMT", "Jan  5 09:34:61 2018 GMT",
		"Jan  5 09:34:62 2018 GMT", "Feb 29 12:00:00 2017 GMT", "Feb 31 12:00:00 2016 GMT", "Jan  5 09:34 2018 GMT", "Jax  5 09:34:43 2018 GMT", "Dec 31 23:59:60 2008 GMT",
		"Jan  5 24:34:43 2018 GMT", "Jan  5 09:60:43 2018 GMT", "Jan  5 09:34:43 18 GMT", " Jan 5 09:34:43 2018 GMT", "Jan  5 09:34:43 9999 GMT", "Jan  5 09:34:43 0001 GMT",
		"Jan  5 09:34:43 2018 GMT ", "Jan 32 09:34:43 2018 GMT", "Jan 0 09:34:43 2018 GMT", "Jan 005 09:34:43 2018 GMT", "", "Ja", "Dec 31 23:59:59 1969 GMT", "Jun 1 00:00:00 2049 GMTx",
	}
	pems := []string{
		"x", "", "-----BEGIN CERTIFICATE-----\nAAA=\n-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----AAA=-----END CERTIFICATE-----",
		"-----BEGIN CERTIFICATE-----\nAAA=\n", "  -----BEGIN CERTIFICATE-----\nAAA=\n-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\nA!A A=\n-----END CERTIFICATE-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----x", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
	}
	var theirs [3][]string
	python(t, &theirs, textScript, string(mustJSON(t, [2][]string{times, pems})))
	for i, text := range times {
		var got string
		if seconds, err := tlsbridge.CertTimeToSeconds(text); err != nil {
			got = "ValueError: " + err.Error()
		} else {
			got = fmt.Sprint(seconds)
		}
		if got != theirs[0][i] {
			t.Errorf("%q: got %s, want %s", text, got, theirs[0][i])
		}
	}
	for i, text := range pems {
		var got string
		if der, err := tlsbridge.PEMCertToDERCert(text); err != nil {
			got = "ValueError: " + err.Error()
		} else {
			got = fmt.Sprintf("%x", der)
		}
		if got != theirs[1][i] {
			t.Errorf("%q: got %s, want %s", text, got, theirs[1][i])
		}
	}
	for n, want := range theirs[2] {
		der := make([]byte, n)
		for i := range der {
			der[i] = 'x'
		}
		if got := tlsbridge.DERCertToPEMCert(der); got != want {
			t.Errorf("%d bytes: %s", n, got)
		}
	}
	_, err := tlsbridge.PEMCertToDERCert("-----BEGIN CERTIFICATE-----\nAAAAA\n-----END CERTIFICATE-----")
	wantValueError(t, err, "Incorrect padding")
}

// TestRandom is what is left of OpenSSL's generator.
//
//inventory:row RAND_bytes
//inventory:row RAND_pseudo_bytes
//inventory:row RAND_status
//inventory:row RAND_add
func TestRandom(t *testing.T) {
	a, err := tlsbridge.RANDBytes(32)
	must(t, err)
	b, strong, err := tlsbridge.RANDPseudoBytes(32)
	must(t, err)
	tlsbridge.RANDAdd(a, 1)
	if len(a) != 32 || string(a) == string(b) || !strong || !tlsbridge.RANDStatus() {
		t.Error("not random")
	}
	if none, err := tlsbridge.RANDBytes(0); err != nil || len(none) != 0 {
		t.Error(none, err)
	}
	_, err = tlsbridge.RANDBytes(-1)
	wantValueError(t, err, "num must be positive")
	var overflow *fdsock.OverflowError
	if _, err = tlsbridge.RANDBytes(math.MaxInt); !errors.As(err, &overflow) && strconv.IntSize == 64 {
		t.Error(err)
	}
}

const constantsScript = `
import json, ssl
out = {}
for e in (ssl.Options, ssl.VerifyFlags, ssl.VerifyMode, ssl._SSLMethod, ssl.AlertDescription, ssl.SSLErrorNumber):
    out.update({k: int(v) for k, v in e.__members__.items()})
out.update({"TLSVersion." + k: int(v) for k, v in ssl.TLSVersion.__members__.items()})
out.update({k: int(getattr(ssl, k)) for k in dir(ssl) if k.startswith("HAS_")})
print(json.dumps(out))
`

// TestConstantsAsPython compares the numbers.
//
//inventory:row TLSVersion
//inventory:row Options
//inventory:row VerifyMode
//inventory:row VerifyFlags
//inventory:row AlertDescription
//inventory:row SSLErrorNumber
//inventory:row _SSLMethod
//inventory:row HAS_*
//inventory:row get_protocol_name
func TestConstantsAsPython(t *testing.T) {
	var theirs map[string]int64
	python(t, &theirs, constantsScript)
	ours := constants()
	for name, want := range theirs {
		if got, ok := ours[name]; !ok || got != want {
			t.Errorf("%s: got %d, %v, want %d", name, got, ok, want)
		}
	}
	for _, p := range allProtocols {
		if tlsbridge.GetProtocolName(p) != p.String() || ours[p.String()] != int64(p) {
			t.Error(p)
		}
	}
	if tlsbridge.OpenSSLVersion() == "" || tlsbridge.CHANNEL_BINDING_TYPES()[0] != "tls-unique" || tlsbridge.AlertDescription(42).Error() != "TLS alert 42" {
		t.Error("texts")
	}
}
