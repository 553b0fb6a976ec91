package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
)

// scripted is a server on the standard library's net and crypto/tls, which
// says what a test wants.
type scripted struct {
	url string
	ca  string // a file, for servers with TLS
}

// script speaks on a connection whose request, if it is one, has been read.
type script func(conn net.Conn, req *http.Request)

// say is a script of fixed words.
func say(words string) script {
	return func(conn net.Conn, _ *http.Request) { _, _ = conn.Write([]byte(words)) }
}

// plain starts a server without TLS.
func plain(t *testing.T, do script) scripted {
	t.Helper()
	return scripted{url: "http://" + listen(t, nil, do)}
}

// secure starts a server with TLS and a certificate for the local host.
func secure(t *testing.T, do script) scripted {
	t.Helper()
	return secureWith(t, certs.Leaf{}, &tls.Config{}, do)
}

func secureWith(t *testing.T, leaf certs.Leaf, config *tls.Config, do script) scripted {
	t.Helper()
	authority, err := certs.NewAuthority(certs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Issue(leaf)
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, authority.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	config.Certificates = []tls.Certificate{pair.TLS()}
	config.ClientCAs = x509.NewCertPool()
	config.ClientCAs.AppendCertsFromPEM(authority.PEM())
	return scripted{url: "https://" + listen(t, config, do), ca: ca}
}

// listen serves until the test ends.
func listen(t *testing.T, config *tls.Config, do script) string {
	t.Helper()
	l := listener(t)
	var wg sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if config != nil {
				conn = tls.Server(conn, config)
			}
			wg.Go(func() {
				defer func() { _ = conn.Close() }()
				if req, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					do(conn, req)
				}
			})
		}
	})
	return l.Addr().String()
}

// cut ends a connection without close_notify.
func cut(conn net.Conn) {
	if c, ok := conn.(*tls.Conn); ok {
		_ = c.NetConn().Close()
	}
}
