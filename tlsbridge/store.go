package tlsbridge

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// store is OpenSSL's X509_STORE: what certificates are verified with. Sockets
// share it with their context. Directories are looked into when a name is
// asked for.
type store struct {
	mu        sync.Mutex
	certs     []*x509.Certificate // as they came, each once
	bySubject map[string][]*x509.Certificate
	crls      []*x509.RevocationList
	dirs      []string
	system    bool // ask the platform's verifier too, where there is one
}

// add takes a certificate in, if it is not there.
func (s *store) add(c *x509.Certificate) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addLocked(c)
}

func (s *store) addLocked(c *x509.Certificate) {
	key := string(c.RawSubject)
	if slices.ContainsFunc(s.bySubject[key], c.Equal) {
		return
	}
	if s.bySubject == nil {
		s.bySubject = make(map[string][]*x509.Certificate)
	}
	s.certs = append(s.certs, c)
	s.bySubject[key] = append(s.bySubject[key], c)
}

func (s *store) addCRL(l *x509.RevocationList) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addCRLLocked(l)
}

func (s *store) addCRLLocked(l *x509.RevocationList) {
	if !slices.ContainsFunc(s.crls, func(o *x509.RevocationList) bool { return string(o.Raw) == string(l.Raw) }) {
		s.crls = append(s.crls, l)
	}
}

// named returns the certificates with a subject.
func (s *store) named(rawSubject []byte) []*x509.Certificate {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.bySubject[string(rawSubject)]) == 0 {
		s.lookLocked(rawSubject, ".%d", func(text []byte) {
			if c, err := firstCertificate(text); err == nil && string(c.RawSubject) == string(rawSubject) {
				s.addLocked(c)
			}
		})
	}
	return slices.Clone(s.bySubject[string(rawSubject)])
}

// has reports whether a certificate is trusted by itself.
func (s *store) has(c *x509.Certificate) bool {
	return slices.ContainsFunc(s.named(c.RawSubject), c.Equal)
}

// crlsOf returns the revocation lists of an issuer.
func (s *store) crlsOf(rawSubject []byte) []*x509.RevocationList {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lookLocked(rawSubject, ".r%d", func(text []byte) { // each time: there may be a newer one
		if block, _ := pem.Decode(text); block != nil && block.Type == pemCRL {
			if l, err := x509.ParseRevocationList(block.Bytes); err == nil {
				s.addCRLLocked(l)
			}
		}
	})
	var list []*x509.RevocationList
	for _, l := range s.crls {
		if string(l.RawIssuer) == string(rawSubject) {
			list = append(list, l)
		}
	}
	return list
}

// maxSameHash bounds how many files of one name are read.
const maxSameHash = 64

// lookLocked reads what the directories have for a name: HASH.0, HASH.1 and so
// on, and HASH.r0 for revocation lists, see openssl-rehash(1). A file that
// cannot be read is as good as none. What is not there is not remembered: a
// peer could ask for any number of names.
func (s *store) lookLocked(rawSubject []byte, suffix string, use func(text []byte)) {
	if len(s.dirs) == 0 {
		return
	}
	hash, err := nameHash(rawSubject)
	if err != nil {
		return
	}
	for _, dir := range s.dirs {
		eachFile(dir, hash+suffix, use)
	}
}

// eachFile reads the numbered files of a pattern, up to the first that is not
// there.
func eachFile(dir, pattern string, use func(text []byte)) {
	for i := range maxSameHash {
		text, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf(pattern, i)))
		if err != nil {
			return
		}
		use(text)
	}
}

// plain returns what is there, and whether a pool of it tells the whole story:
// nothing is to be looked up later, and all are roots.
func (s *store) plain() (pool *x509.CertPool, whole bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pool, whole = x509.NewCertPool(), len(s.dirs) == 0 && !s.system
	for _, c := range s.certs {
		pool.AddCert(c)
	}
	return pool, whole
}

// addDir adds a directory, or several joined by the path's separator.
func (s *store) addDir(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, dir := range filepath.SplitList(path) {
		if dir != "" && !slices.Contains(s.dirs, dir) {
			s.dirs = append(s.dirs, dir)
		}
	}
}

// StoreStats counts a store's content, Python's cert_store_stats.
type StoreStats struct {
	X509   int // certificates
	CRL    int // revocation lists
	X509CA int // certificates that are authorities
}

// CertStoreStats counts what is loaded. Certificates in a directory count once
// they were used. Any goroutine.
func (c *Context) CertStoreStats() StoreStats {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	stats := StoreStats{X509: len(c.store.certs), CRL: len(c.store.crls)}
	for _, cert := range c.store.certs {
		if isAuthority(cert) {
			stats.X509CA++
		}
	}
	return stats
}

// GetCACerts describes the authorities that are loaded, Python's
// get_ca_certs(). Those in a directory are among them once they were used. Any
// goroutine.
func (c *Context) GetCACerts() ([]*PeerCert, error) {
	var list []*PeerCert
	for _, der := range c.GetCACertsDER() {
		cert, err := DecodeCertificate(der)
		if err != nil {
			return nil, err
		}
		list = append(list, cert)
	}
	return list, nil
}

// GetCACertsDER is get_ca_certs(binary_form=True). The caller must not change
// the bytes. Any goroutine.
func (c *Context) GetCACertsDER() [][]byte {
	c.store.mu.Lock()
	defer c.store.mu.Unlock()
	var list [][]byte
	for _, cert := range c.store.certs {
		if isAuthority(cert) {
			list = append(list, cert.Raw)
		}
	}
	return list
}

// isAuthority is X509_check_ca: an authority by its constraints, or a
// self-signed certificate of the time before there were any, whose signature
// is not looked at, for its algorithm may be as old.
func isAuthority(c *x509.Certificate) bool {
	if c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0 {
		return false
	}
	return c.IsCA || !c.BasicConstraintsValid && c.Version == 1 && isSelfIssued(c)
}
