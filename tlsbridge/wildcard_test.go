package tlsbridge_test

import (
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestWildcards meets servers whose certificate is for a pattern: an asterisk
// stands for one whole label, in front of at least two more.
func TestWildcards(t *testing.T) {
	begin(t)
	for _, c := range []struct {
		pattern, host string
		matches       bool
	}{
		{"*.wild.test", "a.wild.test", true},
		{"*.WILD.test", "A.wild.TEST", true},
		{"*.wild.test", "wild.test", false},
		{"*.wild.test", "a.b.wild.test", false},
		{"*.test", "wild.test", false},
		{"a*.wild.test", "ab.wild.test", false},
		{"*.*.test", "a.b.test", false},
	} {
		t.Run(c.pattern+" "+c.host, func(t *testing.T) {
			err, _ := refuse(t, tlsbridge.TLSv1_3, issue(t, certs.Leaf{Names: []string{c.pattern}}), c.host, true)
			if c.matches {
				must(t, err)
				return
			}
			if e := wantErr(t, err, tlsbridge.KindCertVerification, "CERTIFICATE_VERIFY_FAILED"); e.VerifyCode != 62 {
				t.Errorf("verify code %d, want 62", e.VerifyCode)
			}
		})
	}
}
