package tlsbridge

import (
	"crypto/x509"
	"net/netip"
	"strings"

	"github.com/pollux-net/pollux/fdsock"
)

// asciiHost prepares the name of a server as Python does with its idna codec,
// see [fdsock.EncodeHost]. Addresses stay as they are.
func asciiHost(host string) (string, error) {
	if host == "" || isAddress(host) {
		return host, nil
	}
	if strings.ContainsRune(host, 0) {
		return "", &TypeError{"argument must be encoded string without null bytes, not str"}
	}
	ascii, err := fdsock.EncodeHost(host)
	if err != nil {
		return "", &ValueError{err.Error()} // of which Python's UnicodeError is a kind
	}
	return ascii, nil
}

// isAddress reports whether a host is an IP address, which has no zone.
func isAddress(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Zone() == ""
}

// matchesHost is OpenSSL's check of a name: by the DNS names, and by the
// common names only if there are none of those and commonNames says so.
func matchesHost(c *x509.Certificate, host string, commonNames bool) bool {
	if len(c.DNSNames) > 0 || !commonNames {
		for _, name := range c.DNSNames {
			if matchesName(name, host) {
				return true
			}
		}
		return false
	}
	for _, attribute := range c.Subject.Names {
		if text, ok := attribute.Value.(string); ok && attribute.Type.String() == "2.5.4.3" && matchesName(text, host) {
			return true
		}
	}
	return false
}

// matchesAddress is the same for an address, which only an address matches.
func matchesAddress(c *x509.Certificate, host string) bool {
	want, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, ip := range c.IPAddresses {
		if got, ok := netip.AddrFromSlice(ip); ok && got.Unmap() == want.Unmap() {
			return true
		}
	}
	return false
}

// matchesName compares a host with a pattern: without regard to case, and with
// a wildcard for the whole of the first label only (RFC 6125 section 6.4.3),
// in front of at least two more.
func matchesName(pattern, host string) bool {
	if strings.EqualFold(pattern, host) && isASCII([]byte(pattern)) {
		return true
	}
	if !isASCII([]byte(pattern)) {
		return false // EqualFold and ToLower take the Kelvin sign for a k
	}
	rest, wild := strings.CutPrefix(pattern, "*.")
	label, domain, dotted := strings.Cut(host, ".")
	if !wild || !dotted || label == "" || !strings.Contains(rest, ".") || strings.Contains(rest, "*") || !validDomain(rest) {
		return false
	}
	return strings.EqualFold(rest, domain) && strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// validDomain wants labels of letters, digits and inner hyphens.
func validDomain(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			return false
		}
	}
	return true
}
