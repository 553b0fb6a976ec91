package tlsbridge_test

import (
	"testing"

	"github.com/pollux-net/pollux/tlsbridge"
)

const matchScript = `
import json, ssl, sys
out = []
for names, cn, host in json.loads(sys.argv[1]):
    cert = {"subject": tuple((("commonName", c),) for c in cn)}
    if names is not None:
        cert["subjectAltName"] = tuple(map(tuple, names))
    try:
        ssl.match_hostname(cert, host)
        out.append("")
    except ssl.CertificateError as e:
        out.append(e.args[0])
print(json.dumps(out))
`

// TestMatchHostnameAsPython compares every host with every certificate.
//
//inventory:row match_hostname
func TestMatchHostnameAsPython(t *testing.T) {
	dns := func(list ...string) (names [][2]string) {
		for _, n := range list {
			names = append(names, [2]string{"DNS", n})
		}
		return names
	}
	var inputs [][3]any
	for _, c := range []struct {
		names [][2]string
		cn    []string
	}{
		{dns("a.test"), nil},
		{dns("a.test", "b.test"), []string{"cn.test"}},
		{dns("*.wild.test"), nil},
		{dns("*"), nil},
		{dns("*.*.test"), nil},
		{dns("a.*.test"), nil},
		{dns("f*.test"), nil},
		{dns(""), nil},
		{dns("192.0.2.1"), nil},
		{[][2]string{{"IP Address", "192.0.2.1"}}, []string{"cn.test"}},
		{[][2]string{{"IP Address", "2001:DB8:0:0:0:0:0:1"}, {"DNS", "a.test"}}, nil},
		{nil, []string{"cn.test"}},
		{nil, []string{"*.wild.test", "a.test"}},
		{nil, nil},
		{[][2]string{{"email", "a.test"}}, []string{"cn.test"}},
		{dns("it's.test"), nil},
		{dns("xn--bcher-kva.test"), nil},
	} {
		for _, host := range []string{"a.test", "A.TEST", "b.test", "x.wild.test", "x.y.wild.test", "wild.test", ".wild.test", "192.0.2.1", "2001:db8::1", "cn.test", "foo.test", "", "test", "xn--bcher-kva.test"} {
			inputs = append(inputs, [3]any{c.names, c.cn, host})
		}
	}
	for i := range inputs {
		if inputs[i][1].([]string) == nil {
			inputs[i][1] = []string{}
		}
	}
	var theirs []string
	python(t, &theirs, matchScript, string(mustJSON(t, inputs)))
	for i, in := range inputs {
		cert := &tlsbridge.PeerCert{Version: 3}
		for _, n := range in[0].([][2]string) {
			cert.SubjectAltName = append(cert.SubjectAltName, tlsbridge.AltName{Kind: n[0], Value: n[1]})
		}
		for _, n := range in[1].([]string) {
			cert.Subject = append(cert.Subject, tlsbridge.RDN{{Name: "commonName", Value: n}})
		}
		got := ""
		if err := tlsbridge.MatchHostname(cert, in[2].(string)); err != nil {
			got = wantErr(t, err, tlsbridge.KindCertVerification, "").Err.Error()
		}
		if got != theirs[i] {
			t.Errorf("%v: got %q, want %q", in, got, theirs[i])
		}
	}
	for _, none := range []*tlsbridge.PeerCert{nil, {}} {
		wantValueError(t, tlsbridge.MatchHostname(none, "a"), "empty or no certificate, match_hostname needs a SSL socket or SSL context with either CERT_OPTIONAL or CERT_REQUIRED")
	}
}
