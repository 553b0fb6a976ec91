package tlsbridge

import (
	"os"
	"path/filepath"
	"time"

	"github.com/pollux-net/pollux/fdsock"
)

// VerifyPaths are where the system keeps the authorities it trusts, Python's
// DefaultVerifyPaths. CAFile and CAPath are "" (None) if they do not exist.
type VerifyPaths struct {
	CAFile, CAPath       string
	OpenSSLCAFileEnv     string
	OpenSSLCAFile        string
	OpenSSLCAPathEnv     string
	OpenSSLCAPath        string
	bundle, hashedFolder string
}

const envCertFile, envCertDir = "SSL_CERT_FILE", "SSL_CERT_DIR"

// bundles are where systems keep their authorities in one file, and folders
// where they keep them under hashed names; those of crypto/x509.
var (
	bundles = []string{
		"/etc/ssl/certs/ca-certificates.crt",                // Debian
		"/etc/pki/tls/certs/ca-bundle.crt",                  // Fedora
		"/etc/ssl/ca-bundle.pem",                            // openSUSE
		"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL
		"/etc/ssl/cert.pem",                                 // Alpine, macOS, OpenBSD, FreeBSD
		"/usr/local/etc/ssl/cert.pem",                       // FreeBSD
		"/usr/local/share/certs/ca-root-nss.crt",            // DragonFly
		"/etc/openssl/certs/ca-certificates.crt",            // NetBSD
	}
	folders = []string{"/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/openssl/certs", "/usr/local/share/certs"}
)

// GetDefaultVerifyPaths returns them. SSL_CERT_FILE and SSL_CERT_DIR in the
// environment come first. Any goroutine.
func GetDefaultVerifyPaths() VerifyPaths {
	p := VerifyPaths{
		OpenSSLCAFileEnv: envCertFile, OpenSSLCAFile: first(bundles, isFile),
		OpenSSLCAPathEnv: envCertDir, OpenSSLCAPath: first(folders, isDir),
	}
	p.bundle, p.hashedFolder = p.OpenSSLCAFile, p.OpenSSLCAPath
	if file := os.Getenv(envCertFile); file != "" {
		p.bundle = file
	}
	if dir := os.Getenv(envCertDir); dir != "" {
		p.hashedFolder = dir
	}
	if isFile(p.bundle) {
		p.CAFile = p.bundle
	}
	if dirs := filepath.SplitList(p.hashedFolder); len(dirs) > 0 && isDir(dirs[0]) {
		p.CAPath = p.hashedFolder
	}
	return p
}

// first returns the first path that is there, or the first.
func first(paths []string, there func(string) bool) string {
	for _, p := range paths {
		if there(p) {
			return p
		}
	}
	return paths[0]
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// SetDefaultVerifyPaths trusts the authorities of the system, in addition to
// those that are loaded. As in Python it is no error if there are none.
func (c *Context) SetDefaultVerifyPaths() error {
	p := GetDefaultVerifyPaths()
	if p.CAFile != "" {
		if data, err := os.ReadFile(p.CAFile); err == nil {
			_ = c.loadFile(data) // what of it can be read counts
		}
	}
	return c.change(func() error {
		c.store.addDir(p.CAPath)
		if hasPlatformVerifier && os.Getenv(envCertFile) == "" && os.Getenv(envCertDir) == "" {
			c.store.mu.Lock()
			c.store.system = true
			c.store.mu.Unlock()
		}
		return nil
	})
}

// LoadDefaultCerts trusts the authorities of the system for servers, or what is
// given as purpose: Python's load_default_certs.
func (c *Context) LoadDefaultCerts(purpose ...Purpose) error {
	for _, p := range purpose {
		if p != SERVER_AUTH && p != CLIENT_AUTH {
			return &TypeError{string(p)}
		}
	}
	return c.SetDefaultVerifyPaths()
}

// Authorities says what CreateDefaultContext trusts: a file, a directory, PEM
// text or DER. Nothing at all means those of the system.
type Authorities struct {
	CAFile, CAPath string
	CAText         []byte // cadata as a str
	CADER          []byte // cadata as bytes
}

// CreateDefaultContext returns a context with good settings for a purpose:
// Python's create_default_context. With SERVER_AUTH a client's, that verifies
// the server; with CLIENT_AUTH a server's. SSLKEYLOGFILE in the environment
// names a key log.
func CreateDefaultContext(purpose Purpose, trust ...Authorities) (*Context, error) {
	var c *Context
	var err error
	switch purpose {
	case SERVER_AUTH:
		c, err = NewContext(PROTOCOL_TLS_CLIENT)
	case CLIENT_AUTH:
		c, err = NewContext(PROTOCOL_TLS_SERVER)
	default:
		return nil, &ValueError{string(purpose)}
	}
	if err != nil {
		return nil, err
	}
	loaded := false
	for _, t := range trust {
		if err := c.trustAll(t, &loaded); err != nil {
			return nil, err
		}
	}
	if !loaded && c.verify != CERT_NONE {
		if err := c.LoadDefaultCerts(purpose); err != nil {
			return nil, err
		}
	}
	return c, c.SetKeylogFilename(os.Getenv("SSLKEYLOGFILE"))
}

func (c *Context) trustAll(t Authorities, loaded *bool) error {
	if t.CAFile != "" || t.CAPath != "" {
		*loaded = true
		if err := c.LoadVerifyLocations(t.CAFile, t.CAPath); err != nil {
			return err
		}
	}
	if len(t.CAText) > 0 {
		*loaded = true
		if err := c.LoadVerifyData(t.CAText); err != nil {
			return err
		}
	}
	if len(t.CADER) > 0 {
		*loaded = true
		return c.LoadVerifyDER(t.CADER)
	}
	return nil
}

// CreateUnverifiedContext returns a context that verifies nobody: Python's
// _create_unverified_context. With PROTOCOL_TLS it is for both sides.
func CreateUnverifiedContext(p Protocol) (*Context, error) {
	c, err := NewContext(p)
	if err != nil {
		return nil, err
	}
	c.SetCheckHostname(false)
	if err := c.SetVerifyMode(CERT_NONE); err != nil {
		return nil, err
	}
	return c, c.SetKeylogFilename(os.Getenv("SSLKEYLOGFILE"))
}

// GetServerCertificate fetches a server's certificate as PEM text: Python's
// get_server_certificate. cafile makes it verify the certificate, not the
// name; "" takes any. The timeout is that of the socket, each attempt and call
// for itself.
func GetServerCertificate(host string, port int, cafile string, timeout time.Duration) (string, error) {
	c, err := CreateUnverifiedContext(PROTOCOL_TLS_CLIENT)
	if err != nil {
		return "", err
	}
	if cafile != "" {
		if err := c.SetVerifyMode(CERT_REQUIRED); err != nil {
			return "", err
		}
		if err := c.LoadVerifyLocations(cafile, ""); err != nil {
			return "", err
		}
	}
	sock, err := fdsock.CreateConnection(host, port, fdsock.DialOptions{Timeout: timeout})
	if err != nil {
		return "", err
	}
	s, err := c.Wrap(sock, Options{ServerHostname: host})
	if err != nil {
		_ = sock.Close()
		return "", err
	}
	defer func() { _ = s.Close() }()
	if err := s.DoHandshake(); err != nil {
		return "", err
	}
	return DERCertToPEMCert(s.GetPeerCertDER()), nil
}
