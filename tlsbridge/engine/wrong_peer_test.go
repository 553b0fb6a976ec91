package engine_test

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/certs"
	"github.com/pollux-net/pollux/tlsbridge/engine"
)

// signer is a key that does not do as it should.
type signer struct {
	crypto.Signer
	sign func(genuine []byte) ([]byte, error)
}

// Sign implements crypto.Signer.
func (s signer) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	genuine, err := s.Signer.Sign(rand, digest, opts)
	if err != nil {
		return nil, err
	}
	return s.sign(genuine)
}

var errTest = errors.New("of the test")

// signsAs is the certificate of a key type, with a key that signs in this way.
func signsAs(kt certs.KeyType, sign func([]byte) ([]byte, error)) []tls.Certificate {
	leaf := pki().leaves[kt]
	leaf.PrivateKey = signer{leaf.PrivateKey.(crypto.Signer), sign}
	return []tls.Certificate{leaf}
}

func refuses([]byte) ([]byte, error)      { return nil, errTest }
func lies(genuine []byte) ([]byte, error) { genuine[len(genuine)-1] ^= 1; return genuine, nil }
func saysNothing([]byte) ([]byte, error)  { return nil, nil }

// issued is a certificate of an authority.
func issued(a *certs.Authority, leaf certs.Leaf) []tls.Certificate {
	pair, err := a.Issue(leaf)
	if err != nil {
		panic(err)
	}
	return []tls.Certificate{pair.TLS()}
}

// stranger is an authority that nobody trusts.
func stranger() *certs.Authority {
	a, err := certs.NewAuthority(certs.Options{})
	if err != nil {
		panic(err)
	}
	return a
}

// peerCase is a config that makes one end fail. The alerts depend on the
// version; where there are none crypto/tls fails without a word.
type peerCase struct {
	name     string
	victim   string
	alerts12 []byte
	alerts13 []byte
	config   func(cc, sc *tls.Config)
}

var longAgo = time.Now().Add(-48 * time.Hour)

// peerCases are those of keys, certificates and callbacks.
var peerCases = []peerCase{
	{"server's key lies", "client", alerts(illegalParameter, decryptError), alerts(decryptError), func(_, sc *tls.Config) {
		sc.Certificates = signsAs(certs.ECDSAP256, lies)
	}},
	{"server's RSA key lies", "client", alerts(illegalParameter, decryptError), alerts(decryptError), func(_, sc *tls.Config) {
		sc.Certificates = signsAs(certs.RSA2048, lies)
	}},
	{"server's Ed25519 key lies", "client", alerts(illegalParameter, decryptError), alerts(decryptError), func(_, sc *tls.Config) {
		sc.Certificates = signsAs(certs.Ed25519, lies)
	}},
	{"server's key says nothing", "client", alerts(illegalParameter, decryptError, decodeError), alerts(decryptError), func(_, sc *tls.Config) {
		sc.Certificates = signsAs(certs.ECDSAP256, saysNothing)
	}},
	{"server's key refuses", "server", alerts(handshakeFailure, internalError), alerts(internalError), func(_, sc *tls.Config) {
		sc.Certificates = signsAs(certs.ECDSAP256, refuses)
	}},
	{"server's key is another's", "client", alerts(illegalParameter, decryptError), alerts(decryptError), func(_, sc *tls.Config) {
		sc.Certificates[0].PrivateKey = issued(pki().authority, certs.Leaf{})[0].PrivateKey
	}},
	{"server has no certificate", "server", alerts(unrecognizedName, internalError), alerts(unrecognizedName, internalError), func(_, sc *tls.Config) {
		sc.Certificates = nil
		sc.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }
	}},
	{"server's certificate fails", "server", alerts(internalError), alerts(internalError), func(_, sc *tls.Config) {
		sc.Certificates = nil
		sc.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, errTest }
	}},
	{"server's config fails", "server", alerts(internalError), alerts(internalError), func(_, sc *tls.Config) {
		sc.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, errTest }
	}},
	{"server's certificate is a stranger's", "client", alerts(badCertificate), alerts(badCertificate), func(_, sc *tls.Config) {
		sc.Certificates = issued(stranger(), certs.Leaf{Names: []string{serverName}})
	}},
	{"server's certificate has expired", "client", alerts(badCertificate), alerts(badCertificate), func(_, sc *tls.Config) {
		sc.Certificates = issued(pki().authority, certs.Leaf{Names: []string{serverName}, NotBefore: longAgo, NotAfter: longAgo.Add(time.Hour)})
	}},
	{"server's certificate is a client's", "client", alerts(badCertificate), alerts(badCertificate), func(_, sc *tls.Config) {
		sc.Certificates = issued(pki().authority, certs.Leaf{Names: []string{serverName}, Usage: certs.Client})
	}},
	{"server's name is another", "client", alerts(badCertificate), alerts(badCertificate), func(cc, _ *tls.Config) {
		cc.ServerName = "other.test"
	}},
	{"client's check of the peer fails", "client", alerts(badCertificate), alerts(badCertificate), func(cc, _ *tls.Config) {
		cc.VerifyPeerCertificate = func([][]byte, [][]*x509.Certificate) error { return errTest }
	}},
	{"client's check of the connection fails", "client", alerts(badCertificate), alerts(badCertificate), func(cc, _ *tls.Config) {
		cc.VerifyConnection = func(tls.ConnectionState) error { return errTest }
	}},
	{"server's check of the peer fails", "server", alerts(badCertificate), alerts(badCertificate), func(cc, sc *tls.Config) {
		mutual(cc, sc)
		sc.VerifyPeerCertificate = func([][]byte, [][]*x509.Certificate) error { return errTest }
	}},
	{"server's check of the connection fails", "server", alerts(badCertificate), alerts(badCertificate), func(_, sc *tls.Config) {
		sc.VerifyConnection = func(tls.ConnectionState) error { return errTest }
	}},
	{"client's key lies", "server", alerts(decryptError), alerts(decryptError), func(cc, sc *tls.Config) {
		mutual(cc, sc)
		cc.Certificates = signsAs(certs.ECDSAP256, lies)
	}},
	{"client's key refuses", "client", alerts(internalError), alerts(internalError), func(cc, sc *tls.Config) {
		mutual(cc, sc)
		cc.Certificates = signsAs(certs.ECDSAP256, refuses)
	}},
	{"client has no certificate", "server", alerts(handshakeFailure, badCertificate), alerts(certRequired), func(cc, sc *tls.Config) {
		mutual(cc, sc)
		cc.Certificates = nil
	}},
	{"client's certificate fails", "client", alerts(internalError), nil, func(cc, sc *tls.Config) {
		mutual(cc, sc)
		cc.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return nil, errTest }
	}},
	{"client's certificate is a stranger's", "server", alerts(unknownCA, badCertificate), alerts(unknownCA, badCertificate), func(cc, sc *tls.Config) {
		mutual(cc, sc)
		cc.GetClientCertificate = always(issued(stranger(), certs.Leaf{}))
	}},
	{"client's certificate has expired", "server", alerts(certExpired), alerts(certExpired), func(cc, sc *tls.Config) {
		mutual(cc, sc)
		cc.Certificates = issued(pki().authority, certs.Leaf{NotBefore: longAgo, NotAfter: longAgo.Add(time.Hour)})
	}},
	{"client's certificate is a server's", "server", alerts(badCertificate), alerts(badCertificate), func(cc, sc *tls.Config) {
		mutual(cc, sc)
		cc.Certificates = issued(pki().authority, certs.Leaf{Usage: certs.Server})
	}},
}

// always is the answer to each request for a certificate.
func always(list []tls.Certificate) func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &list[0], nil }
}

// TestWrongPeer has keys, certificates and callbacks go wrong.
func TestWrongPeer(t *testing.T) {
	for _, c := range peerCases {
		for _, version := range versions {
			t.Run(tls.VersionName(version)+"/"+strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
				cc, sc := configs(version, certs.ECDSAP256)
				c.config(cc, sc)
				m := newMiddle(t, cc, sc, trick{})
				m.run()
				alerts := c.alerts13
				if version == tls.VersionTLS12 {
					alerts = c.alerts12
				}
				victim, peer := m.client, m.server
				if c.victim == "server" {
					victim, peer = peer, victim
				}
				m.wantFailure(victim, peer, alerts)
			})
		}
	}
}

// TestTicketsThatDoNotHelp has a client come with a ticket that the server
// cannot use, or will not: the handshake is a full one, and succeeds.
func TestTicketsThatDoNotHelp(t *testing.T) {
	for name, change := range map[string]func(cc, sc *tls.Config){
		"nothing":     func(_, _ *tls.Config) {}, // it helps
		"other keys":  func(_, sc *tls.Config) { sc.SetSessionTicketKeys([][32]byte{{7}}) },
		"no tickets":  func(_, sc *tls.Config) { sc.SessionTicketsDisabled = true },
		"too late":    func(_, sc *tls.Config) { sc.Time = func() time.Time { return time.Now().Add(8 * 24 * time.Hour) } },
		"now mutual":  mutual,
		"forgotten":   func(_, sc *tls.Config) { sc.UnwrapSession = unwraps(nil) },
		"other group": func(cc, sc *tls.Config) { cc.CurvePreferences, sc.CurvePreferences = p256Only, p256Only },
	} {
		for _, version := range versions {
			t.Run(tls.VersionName(version)+"/"+strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
				cc, sc := configs(version, certs.ECDSAP256)
				resumed(t)(cc, sc)
				change(cc, sc)
				client, server := engine.NewClient(cc), engine.NewServer(sc)
				if err := shake(client, server, 50); err != nil {
					t.Fatal(err)
				}
				helps := name == "nothing" || name == "other group"
				if client.ConnectionState().DidResume != helps || server.ConnectionState().DidResume != helps {
					t.Errorf("resumed: %v, %v", client.ConnectionState().DidResume, server.ConnectionState().DidResume)
				}
				server.Feed(seal(t, client, []byte("x")))
				got, _ := drain(server, 10)
				wantBytes(t, got, []byte("x"))
			})
		}
	}
	wantCoroutines(t, 0)
}

var p256Only = []tls.CurveID{tls.CurveP256}

// unwraps is the answer to each ticket, which is none.
func unwraps(err error) func([]byte, tls.ConnectionState) (*tls.SessionState, error) {
	return func([]byte, tls.ConnectionState) (*tls.SessionState, error) { return nil, err }
}

// TestTicketOfAnotherSuite is that for a server that has left the suite.
func TestTicketOfAnotherSuite(t *testing.T) {
	cc, sc := configs(tls.VersionTLS12, certs.ECDSAP256)
	sc.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
	resumed(t)(cc, sc)
	sc.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}
	client, server := engine.NewClient(cc), engine.NewServer(sc)
	if err := shake(client, server, 1<<20); err != nil || server.ConnectionState().DidResume {
		t.Errorf("resumed: %v, %v", server.ConnectionState().DidResume, err)
	}
}

// TestTicketOfAnotherVersion is that for a server that has left TLS 1.3.
func TestTicketOfAnotherVersion(t *testing.T) {
	cc, sc := configs(tls.VersionTLS13, certs.ECDSAP256)
	cc.MinVersion, sc.MinVersion = tls.VersionTLS12, tls.VersionTLS12
	resumed(t)(cc, sc)
	sc.MaxVersion = tls.VersionTLS12
	client, server := engine.NewClient(cc), engine.NewServer(sc)
	if err := shake(client, server, 1<<20); err != nil || server.ConnectionState().DidResume {
		t.Errorf("resumed: %v, %v", server.ConnectionState().DidResume, err)
	}
}

// TestTicketCallbackFails ends the handshake of a server.
func TestTicketCallbackFails(t *testing.T) {
	for _, version := range versions {
		cc, sc := configs(version, certs.ECDSAP256)
		resumed(t)(cc, sc)
		sc.UnwrapSession = unwraps(errTest)
		m := newMiddle(t, cc, sc, trick{})
		m.run()
		wantErr(t, m.server.err, errTest)
		m.wantFailure(m.server, m.client, nil) // crypto/tls says nothing to the client
	}
}
