package tlsbridge

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/youmark/pkcs8"
)

// Password gives the password of a key, when it is needed. Its error ends the
// call that needed it.
type Password func() ([]byte, error)

// PasswordText is a password that is known: Python's password as a str.
func PasswordText(text string) Password {
	return func() ([]byte, error) { return []byte(text), nil }
}

// PasswordBytes is the same for bytes.
func PasswordBytes(b []byte) Password { return PasswordText(string(b)) }

func firstPassword(list []Password) Password {
	if len(list) > 0 {
		return list[0]
	}
	return nil
}

// maxPassword is the size of OpenSSL's buffer.
const maxPassword = 1024

// The types of PEM blocks that are keys.
const (
	pemPKCS8     = "PRIVATE KEY"
	pemEncrypted = "ENCRYPTED PRIVATE KEY"
	pemPKCS1     = "RSA PRIVATE KEY"
	pemEC        = "EC PRIVATE KEY"
)

var (
	errNoKey      = errors.New("there is no private key")
	errNoPassword = errors.New("the key is encrypted, and there is no password")
	errPassword   = errors.New("bad decrypt: the password may be wrong")
	errDSA        = errors.New("crypto/tls has no DSA")
)

// parseKey reads the first private key of a PEM text. Errors do not quote it.
func parseKey(text []byte, password Password) (crypto.Signer, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue
		}
		key, err := decodeKey(block, password)
		var own interface{ passThrough() }
		switch {
		case errors.As(err, &own):
			return nil, errors.Unwrap(err)
		case err != nil:
			return nil, &Error{Kind: KindSSL, Op: opCertChain, Library: "SSL", Err: pemError{err}}
		}
		signer, ok := key.(crypto.Signer)
		if !ok { // X25519 for example
			return nil, &Error{Kind: KindSSL, Op: opCertChain, Library: "SSL", Reason: "UNKNOWN_CERTIFICATE_TYPE", Err: errKeyType}
		}
		return signer, nil
	}
	return nil, &Error{Kind: KindSSL, Op: opCertChain, Library: "SSL", Err: pemError{errNoKey}}
}

// askError is an error that the caller is to see as it is.
type askError struct{ err error }

func (e askError) Error() string { return e.err.Error() }
func (e askError) Unwrap() error { return e.err }
func (askError) passThrough()    {}

// ask gets the password.
func ask(password Password) ([]byte, error) {
	if password == nil {
		return nil, errNoPassword
	}
	secret, err := password()
	if err != nil {
		return nil, askError{err}
	}
	if len(secret) > maxPassword {
		return nil, askError{&ValueError{fmt.Sprintf("password cannot be longer than %d bytes", maxPassword)}}
	}
	return secret, nil
}

func decodeKey(block *pem.Block, password Password) (any, error) {
	der := block.Bytes
	switch {
	case block.Type == pemEncrypted:
		secret, err := ask(password)
		if err != nil {
			return nil, err
		}
		key, _, err := pkcs8.ParsePrivateKey(der, secret)
		if err != nil {
			if strings.HasSuffix(err.Error(), "incorrect password") { // it exports no error to compare with
				return nil, errPassword
			}
			return nil, err // not padding either, or a scheme that the library does not know
		}
		return key, nil
	case x509.IsEncryptedPEMBlock(block): //nolint:staticcheck // broken as it is, such keys are what people have
		secret, err := ask(password)
		if err != nil {
			return nil, err
		}
		if der, err = x509.DecryptPEMBlock(block, secret); err != nil { //nolint:staticcheck // see above
			return nil, errPassword
		}
	}
	switch block.Type {
	case pemPKCS1:
		return x509.ParsePKCS1PrivateKey(der)
	case pemEC:
		return x509.ParseECPrivateKey(der)
	case pemPKCS8:
		return x509.ParsePKCS8PrivateKey(der)
	case "DSA PRIVATE KEY":
		return nil, errDSA
	}
	return nil, errNoKey
}
