package tlsbridge

import (
	"crypto/tls"
	"fmt"
)

// curves are the groups of crypto/tls by OpenSSL's names.
var curves = map[string]tls.CurveID{
	"prime256v1": tls.CurveP256, "secp384r1": tls.CurveP384, "secp521r1": tls.CurveP521, "X25519": tls.X25519,
}

// foreignCurves are names that OpenSSL knows and crypto/tls does not.
var foreignCurves = []string{"secp256k1", "secp224r1", "prime192v1", "X448", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1"}

// SetECDHCurve makes one group the only one to be used. A name that OpenSSL
// does not know is a ValueError; one that only crypto/tls does not know a
// NotImplementedError.
func (c *Context) SetECDHCurve(name string) error {
	id, ok := curves[name]
	if !ok {
		for _, f := range foreignCurves {
			if f == name {
				return &NotImplementedError{fmt.Sprintf("crypto/tls has no elliptic curve '%s'", name)}
			}
		}
		return &ValueError{fmt.Sprintf("unknown elliptic curve name '%s'", name)}
	}
	return c.change(func() error { c.curves = []tls.CurveID{id}; return nil })
}
