//go:build libpollux

package main

import "github.com/pollux-net/pollux/tlsbridge"

// attribute is a number that a context has, by Python's name.
type attribute struct {
	get func(c *tlsbridge.Context) int64
	set func(c *tlsbridge.Context, v int64) error // nil: it cannot be set
}

var attributes = map[string]attribute{
	"protocol":       {get: func(c *tlsbridge.Context) int64 { return int64(c.Protocol()) }},
	"security_level": {get: func(c *tlsbridge.Context) int64 { return int64(c.SecurityLevel()) }},
	"verify_mode": {
		func(c *tlsbridge.Context) int64 { return int64(c.VerifyMode()) },
		func(c *tlsbridge.Context, v int64) error { return c.SetVerifyMode(tlsbridge.VerifyMode(v)) },
	},
	"verify_flags": {
		func(c *tlsbridge.Context) int64 { return int64(c.VerifyFlags()) },
		func(c *tlsbridge.Context, v int64) error { return c.SetVerifyFlags(tlsbridge.VerifyFlags(v)) },
	},
	"options": {
		func(c *tlsbridge.Context) int64 { return int64(c.Options()) },
		func(c *tlsbridge.Context, v int64) error { return c.SetOptions(tlsbridge.Option(v)) },
	},
	"check_hostname": {
		func(c *tlsbridge.Context) int64 { return flag(c.CheckHostname()) },
		func(c *tlsbridge.Context, v int64) error { c.SetCheckHostname(v != 0); return nil },
	},
	"hostname_checks_common_name": {
		func(c *tlsbridge.Context) int64 { return flag(c.HostnameChecksCommonName()) },
		func(c *tlsbridge.Context, v int64) error { c.SetHostnameChecksCommonName(v != 0); return nil },
	},
	"minimum_version": {
		func(c *tlsbridge.Context) int64 { return int64(c.MinimumVersion()) },
		func(c *tlsbridge.Context, v int64) error { return c.SetMinimumVersion(tlsbridge.TLSVersion(v)) },
	},
	"maximum_version": {
		func(c *tlsbridge.Context) int64 { return int64(c.MaximumVersion()) },
		func(c *tlsbridge.Context, v int64) error { return c.SetMaximumVersion(tlsbridge.TLSVersion(v)) },
	},
	"num_tickets": {
		func(c *tlsbridge.Context) int64 { return int64(c.NumTickets()) },
		func(c *tlsbridge.Context, v int64) error { return c.SetNumTickets(int(v)) },
	},
}

func flag(on bool) int64 {
	if on {
		return 1
	}
	return 0
}

// textAttributes are set by a text: an attribute, or a method with one
// argument.
var textAttributes = map[string]func(c *tlsbridge.Context, text string) error{
	"keylog_filename":    (*tlsbridge.Context).SetKeylogFilename,
	"set_ciphers":        (*tlsbridge.Context).SetCiphers,
	"set_ecdh_curve":     (*tlsbridge.Context).SetECDHCurve,
	"load_dh_params":     (*tlsbridge.Context).LoadDHParams,
	"set_alpn_protocols": func(c *tlsbridge.Context, text string) error { return c.SetALPNProtocols(protocolsOf(text)...) },
}

// protocolsOf reads protocols as they are on the wire: each behind its length.
func protocolsOf(text string) (list []string) {
	for len(text) > 0 {
		end := min(1+int(text[0]), len(text))
		list = append(list, text[1:end])
		text = text[end:]
	}
	return list
}

// questions are answered in JSON.
var questions = map[string]func(c *tlsbridge.Context) (any, error){
	"get_ca_certs": func(c *tlsbridge.Context) (any, error) { return c.GetCACerts() },
	"get_ca_certs_der": func(c *tlsbridge.Context) (any, error) {
		return c.GetCACertsDER(), nil
	},
	"keylog_filename": func(c *tlsbridge.Context) (any, error) { return c.KeylogFilename(), nil },
	"get_ciphers": func(c *tlsbridge.Context) (any, error) {
		list := []any{}
		for _, s := range c.GetCiphers() {
			list = append(list, cipherOf(s))
		}
		return list, nil
	},
	"cert_store_stats": func(c *tlsbridge.Context) (any, error) {
		s := c.CertStoreStats()
		return storeStats{s.X509, s.CRL, s.X509CA}, nil
	},
	"session_stats": func(c *tlsbridge.Context) (any, error) {
		s := c.SessionStats()
		return sessionStats{
			s.Number, s.Connect, s.ConnectGood, s.ConnectRenegotiate, s.Accept, s.AcceptGood, s.AcceptRenegotiate,
			s.Hits, s.Misses, s.Timeouts, s.CacheFull,
		}, nil
	},
}

// storeStats and sessionStats have Python's keys, in its order.
type storeStats struct {
	X509   int `json:"x509"`
	CRL    int `json:"crl"`
	X509CA int `json:"x509_ca"`
}

type sessionStats struct {
	Number             int `json:"number"`
	Connect            int `json:"connect"`
	ConnectGood        int `json:"connect_good"`
	ConnectRenegotiate int `json:"connect_renegotiate"`
	Accept             int `json:"accept"`
	AcceptGood         int `json:"accept_good"`
	AcceptRenegotiate  int `json:"accept_renegotiate"`
	Hits               int `json:"hits"`
	Misses             int `json:"misses"`
	Timeouts           int `json:"timeouts"`
	CacheFull          int `json:"cache_full"`
}

// cipherOf is Python's dict of a suite.
func cipherOf(s tlsbridge.Cipher) map[string]any {
	dict := map[string]any{
		"id": s.ID, "name": s.Name, "protocol": s.Protocol, "description": s.Description,
		"strength_bits": s.StrengthBits, "alg_bits": s.AlgBits, "aead": s.AEAD, "symmetric": s.Symmetric,
		"digest": s.Digest, "kea": s.KEA, "auth": s.Auth,
	}
	if s.Digest == "" {
		dict["digest"] = nil
	}
	return dict
}
