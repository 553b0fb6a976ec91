package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/certs"
)

// identityFiles are the files of a server's certificate, which rewrite replaces.
type identityFiles struct{ cert, key, ca string }

func newIdentityFiles(t *testing.T) identityFiles {
	t.Helper()
	dir := t.TempDir()
	return identityFiles{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "ca.pem")}
}

// rewrite makes an authority and a certificate for the usage.
func (f identityFiles) rewrite(t *testing.T, usage certs.Usage) *certs.Pair {
	t.Helper()
	authority, err := certs.NewAuthority(certs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Issue(certs.Leaf{Names: []string{"localhost"}, Usage: usage})
	if err != nil {
		t.Fatal(err)
	}
	key, err := pair.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string][]byte{f.cert: pair.CertPEM(), f.key: key, f.ca: authority.PEM()} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return pair
}

// served returns the certificate that a server shows.
func served(t *testing.T, addr string) *x509.Certificate {
	t.Helper()
	c := tls.Client(dial(t, addr, ""), &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // it is looked at
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	return c.ConnectionState().PeerCertificates[0]
}

// TestServeReload has SIGHUP load another certificate, and nothing when the
// files are bad; connections go on.
func TestServeReload(t *testing.T) {
	files := newIdentityFiles(t)
	first := files.rewrite(t, certs.Server)
	s := serve(t, "--tls", "--cert="+files.cert, "--key="+files.key, "--log-level=info")
	if !served(t, s.addr).Equal(first.Certificate()) {
		t.Fatal("another certificate is served")
	}
	open := dial(t, s.addr, files.ca)
	exchange(t, open, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK")
	second := files.rewrite(t, certs.Server)
	hangUp(t)
	s.logs(t, "msg=reloaded")
	if !served(t, s.addr).Equal(second.Certificate()) {
		t.Error("the old certificate is served")
	}
	if err := os.WriteFile(files.cert, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	hangUp(t)
	s.logs(t, `level=ERROR msg="not reloaded"`)
	if !served(t, s.addr).Equal(second.Certificate()) {
		t.Error("another certificate is served after bad files")
	}
	if !strings.Contains(s.stderr.String(), files.cert) {
		t.Errorf("the file is not named:\n%s", s.stderr)
	}
}

func hangUp(t *testing.T) {
	t.Helper()
	if err := unix.Kill(os.Getpid(), unix.SIGHUP); err != nil {
		t.Fatal(err)
	}
}

// TestServeClientCA serves clients with a certificate, and no others.
func TestServeClientCA(t *testing.T) {
	files := newIdentityFiles(t)
	client := files.rewrite(t, certs.Client)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	s := serve(t, "--tls", "--write-ca="+ca, "--client-ca="+files.ca, "--handshake-workers=1", "--handshake-queue=10")
	pem, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	for _, with := range []bool{true, false} {
		config := &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS12}
		if with {
			config.Certificates = []tls.Certificate{client.TLS()}
		}
		transport := &http.Transport{TLSClientConfig: config}
		r, err := (&http.Client{Transport: transport, Timeout: patience}).Get("https://" + s.addr)
		if err == nil {
			err = r.Body.Close()
		}
		if (err == nil) != with {
			t.Errorf("with a certificate: %v; %v", with, err)
		}
		transport.CloseIdleConnections()
	}
}

// TestServeJSONLog reads the log's lines.
func TestServeJSONLog(t *testing.T) {
	s := serve(t, "--app=echo", "--log-format=json", "--log-level=debug")
	echoed(t, dial(t, s.addr, ""))
	s.logs(t, `"msg":"closed"`)
	s.stop(t)
	var seen []string
	for line := range strings.Lines(s.stderr.String()) {
		var entry struct {
			Time       time.Time
			Level, Msg string
			Peer       json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Time.IsZero() || entry.Level != "DEBUG" {
			t.Errorf("%q: %v", line, err)
		}
		seen = append(seen, entry.Msg)
	}
	for _, want := range []string{"open", "closed", "stopping", "served", "loop"} {
		if !slices.Contains(seen, want) {
			t.Errorf("no %q in %q", want, seen)
		}
	}
}

// TestServeQuiet logs nothing below the level.
func TestServeQuiet(t *testing.T) {
	s := serve(t, "--app=echo")
	echoed(t, dial(t, s.addr, ""))
	s.stop(t)
	if text := s.stderr.String(); text != "" {
		t.Errorf("standard error:\n%s", text)
	}
}

// TestServeFiles serves a directory over TLS, a bad one not at all.
func TestServeFiles(t *testing.T) {
	dir := t.TempDir()
	big := strings.Repeat("x", 3<<20)
	if err := os.WriteFile(filepath.Join(dir, "big.txt"), []byte(big), 0o600); err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	s := serve(t, "--app=files", "--root="+dir, "--tls", "--write-ca="+ca)
	pollux(t, "get", "--ca", ca, "https://"+s.addr+"/big.txt").expect(t, exitOK, []string{"Content-Length: 3145728", "Content-Type: text/plain"}, nil)
	pollux(t, "serve", "--app=files", "--root="+dir+"/none").expect(t, exitFailure, nil, []string{"--root", "no such file"})
	for _, args := range [][]string{{"--app=files"}, {"--app=http", "--root=."}} {
		pollux(t, append([]string{"serve"}, args...)...).expect(t, exitUsage, nil, []string{"go together"})
	}
}

// TestServeWatermarks wants bounds that the applications can keep to.
func TestServeWatermarks(t *testing.T) {
	s := serve(t, "--high-water=1000", "--low-water=10", "--max-input=100000")
	c := dial(t, s.addr, "")
	exchange(t, c, "GET /bytes/3000000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "HTTP/1.1 200 OK")
	for _, args := range [][]string{{"--high-water=262145"}, {"--high-water=-1"}, {"--high-water=100", "--low-water=101"}} {
		pollux(t, append([]string{"serve"}, args...)...).expect(t, exitUsage, nil, []string{"-water must"})
	}
}
