package tlsbridge

import (
	"encoding/pem"
	"os"
)

// LoadDHParams reads a file of Diffie-Hellman parameters, and then refuses
// them with a NotImplementedError: crypto/tls has no suite that uses them. A
// file that has none is Python's error.
func (c *Context) LoadDHParams(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "DH PARAMETERS" || block.Type == "X9.42 DH PARAMETERS" {
			return &NotImplementedError{"crypto/tls has no DHE, and so no use for DH parameters"}
		}
	}
	return &Error{Kind: KindSSL, Op: "load_dh_params", Library: "PEM", Reason: "NO_START_LINE"}
}
