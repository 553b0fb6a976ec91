package tlsbridge_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

// program finds a peer, or skips the test. It is asked to run once: a name on
// the path may be a stub.
func program(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("no %s: %v", name, err)
	}
	if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
		t.Skipf("%s %v: %v: %s", name, args, err, out)
	}
	return path
}

// files writes the certificates to a directory.
func files(t *testing.T) (ca, cert, key string) {
	t.Helper()
	dir := t.TempDir()
	keyPEM, err := pki().server.KeyPEM()
	must(t, err)
	for name, pem := range map[string][]byte{"ca": pki().authority.PEM(), "cert": pki().server.CertPEM(), "key": keyPEM} {
		must(t, os.WriteFile(filepath.Join(dir, name), pem, 0o600))
	}
	return filepath.Join(dir, "ca"), filepath.Join(dir, "cert"), filepath.Join(dir, "key")
}

// TestCurlWithFilter fetches from a small HTTP server on the stream filter.
func TestCurlWithFilter(t *testing.T) {
	curl := program(t, "curl", "--version")
	ca, _, _ := files(t)
	const answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n"
	eachVersion(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		s, reasons := serveTLS(t, v, func() *events {
			return &events{data: func(c *stream.Conn, p []byte) int {
				if !bytes.Contains(p, []byte("\r\n\r\n")) {
					return 0
				}
				c.Write([]byte(answer))
				c.Close()
				return len(p)
			}}
		})
		port := s.Addr().(*net.TCPAddr).Port
		out, err := exec.CommandContext(t.Context(), curl, "--silent", "--show-error", "--max-time", "20", "--cacert", ca, "--noproxy", "*",
			"--resolve", fmt.Sprintf("%s:%d:127.0.0.1", serverName, port), fmt.Sprintf("https://%s:%d/", serverName, port)).CombinedOutput()
		if err != nil || string(out) != "hello\n" {
			t.Fatalf("%v: %s", err, out)
		}
		must(t, reason(t, reasons))
	})
}

// TestGoWithFilter has package net's clients use a server over both loops.
func TestGoWithFilter(t *testing.T) {
	begin(t)
	g, err := reactor.NewGroup(reactor.Config{Loops: 2})
	must(t, err)
	t.Cleanup(func() { must(t, g.Close()) })
	_, sctx := contexts(t, 0)
	s, _ := serveFilter(t, g, sctx, plainEcho)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	errs := make(chan error)
	const clients = 20
	for i := range clients {
		go func() {
			config, _ := stdConfigs([]tlsbridge.TLSVersion{tlsbridge.TLSv1_2, tlsbridge.TLSv1_3}[i%2])
			dialer := tls.Dialer{Config: config}
			c, err := dialer.DialContext(ctx, "tcp", s.Addr().String())
			if err == nil {
				err = errors.Join(exchange(c, bytes.Repeat([]byte{byte(i)}, 1+i*5000)), c.Close())
			}
			errs <- err
		}()
	}
	for range clients {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
