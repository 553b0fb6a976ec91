package tlsbridge

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pollux-net/pollux/fdsock"
)

const pemHeader, pemFooter = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"

// DERCertToPEMCert turns a certificate in DER into PEM text. Any goroutine.
func DERCertToPEMCert(der []byte) string {
	text := base64.StdEncoding.EncodeToString(der)
	var b strings.Builder
	b.WriteString(pemHeader + "\n")
	for len(text) > 64 {
		b.WriteString(text[:64] + "\n")
		text = text[64:]
	}
	if text != "" {
		b.WriteString(text + "\n")
	}
	b.WriteString(pemFooter + "\n")
	return b.String()
}

// PEMCertToDERCert turns PEM text into DER; what the DER says is not looked at.
// The text begins with the header, and ends with the footer. Bytes that are not
// base64's are skipped, as Python does. Any goroutine.
func PEMCertToDERCert(text string) ([]byte, error) {
	body, ok := strings.CutPrefix(text, pemHeader)
	if !ok {
		return nil, &ValueError{"Invalid PEM encoding; must start with " + pemHeader}
	}
	body, ok = strings.CutSuffix(strings.TrimSpace(body), pemFooter)
	if !ok {
		return nil, &ValueError{"Invalid PEM encoding; must end with " + pemFooter}
	}
	clean := strings.Map(func(r rune) rune {
		if r == '+' || r == '/' || r == '=' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' {
			return r
		}
		return -1
	}, body)
	der, err := base64.StdEncoding.DecodeString(clean)
	if err != nil {
		return nil, &ValueError{"Incorrect padding"} // binascii.Error, a ValueError
	}
	return der, nil
}

var certTime = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?i)\s+(3[01]|[12]\d|0[1-9]|[1-9]| [1-9])\s+(2[0-3]|[01]\d|\d):([0-5]\d|\d):(6[01]|[0-5]\d|\d)\s+(\d{4})\s+GMT`)
})

// CertTimeToSeconds turns a time as certificates print it, "Jan  5 09:34:43
// 2018 GMT", into seconds since 1970. The month is in English, the zone GMT;
// days beyond a month's end run over, as Python lets them. Any goroutine.
func CertTimeToSeconds(text string) (int64, error) {
	month := 0
	if len(text) >= 3 {
		for i, m := range months[1:] {
			if strings.EqualFold(m, text[:3]) {
				month = i + 1
			}
		}
	}
	if month == 0 {
		return 0, &ValueError{fmt.Sprintf(`time data '%s' does not match format "%%b %%d %%H:%%M:%%S %%Y GMT"`, text)}
	}
	m := certTime().FindStringSubmatch(text[3:])
	if m == nil {
		return 0, &ValueError{fmt.Sprintf("time data '%s' does not match format ' %%d %%H:%%M:%%S %%Y GMT'", text[3:])}
	}
	if rest := text[3+len(m[0]):]; rest != "" {
		return 0, &ValueError{"unconverted data remains: " + rest}
	}
	var n [5]int
	for i := range n {
		n[i], _ = strconv.Atoi(strings.TrimSpace(m[i+1])) // the expression has digits only
	}
	return time.Date(n[4], time.Month(month), n[0], n[1], n[2], n[3], 0, time.UTC).Unix(), nil
}

// RANDBytes returns n random bytes, fit for secrets. n is at most 2 GiB - 1, as
// in Python. Any goroutine.
func RANDBytes(n int) ([]byte, error) {
	if n < 0 {
		return nil, &ValueError{"num must be positive"}
	}
	if n > math.MaxInt32 {
		return nil, &fdsock.OverflowError{Text: "signed integer is greater than maximum"}
	}
	p := make([]byte, n)
	_, err := rand.Read(p)
	return p, err
}

// RANDPseudoBytes is RANDBytes, and true: they are fit for secrets too.
func RANDPseudoBytes(n int) ([]byte, bool, error) {
	p, err := RANDBytes(n)
	return p, true, err
}

// RANDStatus is true: the generator is always seeded.
func RANDStatus() bool { return true }

// RANDAdd does nothing: the generator of crypto/rand is the system's, which
// needs no help.
func RANDAdd([]byte, float64) {}
