package tlsbridge

import (
	"errors"
	"net/netip"
	"strings"
)

// MatchHostname checks that a certificate is for a host, by the rules of
// Python's deprecated match_hostname, which are not those of a handshake: the
// common name counts only if there is neither a DNS name nor an address. A
// certificate for others is an SSLCertVerificationError. Any goroutine.
func MatchHostname(cert *PeerCert, hostname string) error {
	if cert == nil || cert.Empty() {
		return &ValueError{"empty or no certificate, match_hostname needs a SSL socket or SSL context with either CERT_OPTIONAL or CERT_REQUIRED"}
	}
	tried, err := matchAltNames(cert, hostname)
	if err != nil || tried == nil {
		return err
	}
	if len(tried) > 0 {
		return mismatch(hostname, tried)
	}
	for _, rdn := range cert.Subject {
		for _, a := range rdn {
			if a.Name != "commonName" {
				continue
			}
			if matches, err := dnsMatch(a.Value, hostname); matches || err != nil {
				return err
			}
			tried = append(tried, a.Value)
		}
	}
	return mismatch(hostname, tried)
}

// matchAltNames returns the names that do not match, or nil if one does.
func matchAltNames(cert *PeerCert, hostname string) (tried []string, err error) {
	address, err := netip.ParseAddr(hostname)
	isIP := err == nil && address.Zone() == ""
	tried = []string{}
	for _, n := range cert.SubjectAltName {
		matches := false
		switch n.Kind {
		case "DNS":
			if !isIP {
				if matches, err = dnsMatch(n.Value, hostname); err != nil {
					return nil, err
				}
			}
		case "IP Address":
			own, err := netip.ParseAddr(n.Value)
			matches = isIP && err == nil && own == address
		default:
			continue
		}
		if matches {
			return nil, nil
		}
		tried = append(tried, n.Value)
	}
	return tried, nil
}

func mismatch(hostname string, tried []string) error {
	for i := range tried {
		tried[i] = quoted(tried[i])
	}
	switch len(tried) {
	case 0:
		return certificateError("no appropriate commonName or subjectAltName fields were found")
	case 1:
		return certificateError("hostname " + quoted(hostname) + " doesn't match " + tried[0])
	}
	return certificateError("hostname " + quoted(hostname) + " doesn't match either of " + strings.Join(tried, ", "))
}

func certificateError(text string) error {
	return &Error{Kind: KindCertVerification, Op: "match_hostname", Err: errors.New(text)}
}

// quoted is Python's repr of a text that has nothing odd in it.
func quoted(s string) string {
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		return `"` + s + `"`
	}
	return "'" + strings.ReplaceAll(s, "'", `\'`) + "'"
}

// dnsMatch is RFC 6125 section 6.4.3, with a wildcard as the whole of the first
// label only. A wildcard elsewhere is an error.
func dnsMatch(pattern, hostname string) (bool, error) {
	wildcards := strings.Count(pattern, "*")
	first, rest, dotted := strings.Cut(pattern, ".")
	switch {
	case wildcards == 0:
		return pattern != "" && strings.EqualFold(pattern, hostname), nil
	case wildcards > 1:
		return false, certificateError("too many wildcards in certificate DNS name: " + quoted(pattern) + ".")
	case strings.Contains(rest, "*"):
		return false, certificateError("wildcard can only be present in the leftmost label: " + quoted(pattern) + ".")
	case !dotted:
		return false, certificateError("sole wildcard without additional labels are not support: " + quoted(pattern) + ".")
	case first != "*":
		return false, certificateError("partial wildcards in leftmost label are not supported: " + quoted(pattern) + ".")
	}
	label, domain, dotted := strings.Cut(hostname, ".")
	return label != "" && dotted && strings.EqualFold(rest, domain), nil
}
