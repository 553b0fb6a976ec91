package tlsbridge

import (
	"encoding/json"
)

// Attribute is one attribute of a name: OpenSSL's long name of it, and its
// text.
type Attribute struct{ Name, Value string }

// RDN is a relative distinguished name: nearly always one attribute.
type RDN []Attribute

// AltName is an alternative name of a subject. Kind is Python's word: "DNS",
// "email", "URI", "IP Address", "DirName", "Registered ID", "othername".
type AltName struct {
	Kind    string
	Value   string
	DirName []RDN // instead of Value, for "DirName"
}

// PeerCert is a certificate as Python's getpeercert() describes it. Slices
// that are nil are keys that the dict lacks. The zero value is the empty dict.
type PeerCert struct {
	Subject, Issuer       []RDN
	Version               int
	SerialNumber          string // hexadecimal, in upper case
	NotBefore             string // "Jan  5 09:34:43 2018 GMT", for CertTimeToSeconds
	NotAfter              string
	SubjectAltName        []AltName
	OCSP                  []string
	CAIssuers             []string
	CRLDistributionPoints []string
}

// Empty reports whether p is the empty dict, which stands for a certificate
// that was not verified.
func (p *PeerCert) Empty() bool { return p.Version == 0 }

// MarshalJSON gives Python's dict, with lists for tuples.
func (p *PeerCert) MarshalJSON() ([]byte, error) {
	dict := make(map[string]any)
	if !p.Empty() {
		dict["subject"], dict["issuer"], dict["version"] = names(p.Subject), names(p.Issuer), p.Version
		dict["serialNumber"], dict["notBefore"], dict["notAfter"] = p.SerialNumber, p.NotBefore, p.NotAfter
	}
	if p.SubjectAltName != nil {
		list := make([][2]any, 0, len(p.SubjectAltName))
		for _, n := range p.SubjectAltName {
			if n.Kind == kindDirName {
				list = append(list, [2]any{n.Kind, names(n.DirName)})
			} else {
				list = append(list, [2]any{n.Kind, n.Value})
			}
		}
		dict["subjectAltName"] = list
	}
	for key, list := range map[string][]string{"OCSP": p.OCSP, "caIssuers": p.CAIssuers, "crlDistributionPoints": p.CRLDistributionPoints} {
		if list != nil {
			dict[key] = list
		}
	}
	return json.Marshal(dict)
}

// names puts a name in lists of lists of pairs.
func names(name []RDN) [][][2]string {
	list := make([][][2]string, 0, len(name))
	for _, rdn := range name {
		pairs := make([][2]string, 0, len(rdn))
		for _, a := range rdn {
			pairs = append(pairs, [2]string{a.Name, a.Value})
		}
		list = append(list, pairs)
	}
	return list
}
