package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
)

// dial connects to a server, with TLS if there is a file of its authority.
func dial(t *testing.T, addr, ca string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if ca == "" {
		return conn
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return tls.Client(conn, &tls.Config{RootCAs: pool, ServerName: "localhost"})
}

// transport is what a server is reached over.
type transport string

var transports = []transport{"plain", "tls"}

// serve starts an application. With TLS it returns the file of the authority.
func (tr transport) serve(t *testing.T, app string) (s *server, ca string) {
	t.Helper()
	if tr == "plain" {
		return serve(t, "--app", app), ""
	}
	ca = filepath.Join(t.TempDir(), "ca.pem")
	return serve(t, "--app", app, "--tls", "--write-ca", ca), ca
}

// fifty is how many connections the tests of echo and discard have.
const fifty = 50

// payloads returns random bytes for a connection, in writes of random sizes.
func payloads(rng *rand.Rand) (all []byte, writes [][]byte) {
	all = make([]byte, rng.IntN(300000))
	for i := range all {
		all[i] = byte(rng.Uint32())
	}
	for rest := all; len(rest) > 0; {
		n := min(1+rng.IntN(40000), len(rest))
		writes, rest = append(writes, rest[:n]), rest[n:]
	}
	return all, writes
}

// halfCloser is a TCP or a TLS connection of the standard library.
type halfCloser interface {
	net.Conn
	CloseWrite() error
}

func TestServeEcho(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for _, tr := range transports {
		t.Run(string(tr), func(t *testing.T) {
			s, ca := tr.serve(t, "echo")
			var wg sync.WaitGroup
			for i := range uint64(fifty) {
				conn := dial(t, s.addr, ca).(halfCloser)
				wg.Go(func() {
					all, writes := payloads(rand.New(rand.NewPCG(seed, i)))
					wg.Go(func() {
						for _, p := range writes {
							if _, err := conn.Write(p); err != nil {
								t.Errorf("connection %d: %v", i, err)
							}
						}
					})
					got := make([]byte, len(all))
					if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, all) {
						t.Errorf("connection %d: echo differs, or %v", i, err)
					}
					if err := conn.CloseWrite(); err != nil && len(all) > 0 {
						t.Errorf("connection %d: %v", i, err)
					}
					if n, err := conn.Read(got[:min(1, len(got))]); n != 0 || err != nil && !errors.Is(err, io.EOF) {
						t.Errorf("connection %d: %d, %v", i, n, err)
					}
				})
			}
			wg.Wait()
		})
	}
}

func TestServeDiscard(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for _, tr := range transports {
		t.Run(string(tr), func(t *testing.T) {
			s, ca := tr.serve(t, "discard")
			var wg sync.WaitGroup
			for i := range uint64(fifty) {
				conn := dial(t, s.addr, ca).(halfCloser)
				wg.Go(func() {
					_, writes := payloads(rand.New(rand.NewPCG(seed, i)))
					for _, p := range append(writes, []byte("x")) {
						if _, err := conn.Write(p); err != nil {
							t.Errorf("connection %d: %v", i, err)
							return
						}
					}
					if err := conn.CloseWrite(); err != nil {
						t.Errorf("connection %d: %v", i, err)
					}
					if n, err := conn.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
						t.Errorf("connection %d: %d, %v", i, n, err)
					}
				})
			}
			wg.Wait()
		})
	}
}

// TestServeChargen takes more than any buffer holds: every line begins one character further than the one before.
func TestServeChargen(t *testing.T) {
	const printable, line = 95, 74
	for _, tr := range transports {
		t.Run(string(tr), func(t *testing.T) {
			s, ca := tr.serve(t, "chargen")
			conn := dial(t, s.addr, ca)
			got := make([]byte, 32<<20)
			if _, err := io.ReadFull(conn, got); err != nil {
				t.Fatal(err)
			}
			for i, b := range got {
				row, column := i/line, i%line
				want := byte(' ' + (row+column)%printable)
				switch column {
				case line - 2:
					want = '\r'
				case line - 1:
					want = '\n'
				}
				if b != want {
					t.Fatalf("byte %d is %q, want %q", i, b, want)
				}
			}
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestServeStops has SIGTERM end connections that stand in different places.
func TestServeStops(t *testing.T) {
	s := serve(t, "--verbose")
	idle := dial(t, s.addr, "")
	exchange(t, idle, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK")
	partial := dial(t, s.addr, "")
	exchange(t, partial, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HT", "HTTP/1.1 200 OK")
	busy := dial(t, s.addr, "")
	const size = 20 << 20 // more than the kernel's buffers hold
	exchange(t, busy, "GET /bytes/20971520 HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK")
	s.signals <- sys.SIGTERM
	for _, conn := range []net.Conn{idle, partial} {
		if _, err := io.Copy(io.Discard, conn); err != nil && !errors.Is(err, sys.ECONNRESET) {
			t.Errorf("a connection without a request in progress: %v", err)
		}
	}
	if n, err := io.Copy(io.Discard, busy); err != nil || n < size-exchanged {
		t.Errorf("an answer in progress was cut off: %d bytes, %v", n, err)
	}
	s.wait(t)
	for _, want := range []string{"msg=stopping", "signal=terminated", "connections=3", "requests=3", "msg=loop index=0", "msg=loop index=1"} {
		if !strings.Contains(s.stderr.String(), want) {
			t.Errorf("standard error lacks %q:\n%s", want, s.stderr)
		}
	}
}

// exchanged is how much of an answer exchange reads at most.
const exchanged = 4096

// exchange sends a request and reads the beginning of the answer.
func exchange(t *testing.T, conn net.Conn, request, answer string) {
	t.Helper()
	if _, err := conn.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, exchanged)
	n, err := io.ReadAtLeast(conn, buf, len(answer))
	if err != nil || !strings.HasPrefix(string(buf[:n]), answer) {
		t.Fatalf("%q, %v", buf[:n], err)
	}
}

// TestServeAborts has connections whose peers never take their answers.
func TestServeAborts(t *testing.T) {
	for _, tc := range []struct {
		name    string
		grace   string
		signals int
	}{
		{"grace is over", "--grace=50ms", 1},
		{"second signal", "--grace=1h", 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, tc.grace)
			busy := dial(t, s.addr, "")
			exchange(t, busy, "GET /bytes/1000000000000 HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK")
			for range tc.signals {
				s.signals <- sys.SIGTERM
			}
			s.wait(t)
			if !strings.Contains(s.stderr.String(), "were aborted") {
				t.Errorf("standard error: %s", s.stderr)
			}
		})
	}
}

func TestServeErrors(t *testing.T) {
	l := listener(t)
	pollux(t, "serve", "--addr", l.Addr().String()).expect(t, exitFailure, nil, []string{"pollux: ", "EADDRINUSE", l.Addr().String()})
	missing := filepath.Join(t.TempDir(), "missing", "file")
	pollux(t, "serve", "--tls", "--cert", missing).expect(t, exitFailure, nil, []string{"no such file"})
	pollux(t, "serve", "--tls", "--addr=127.0.0.1:0", "--write-ca", missing).expect(t, exitFailure, nil, []string{"no such file"})
}

// TestServeProcess stops a process of its own with a real signal, while a
// connection is open.
func TestServeProcess(t *testing.T) {
	cmd := child(t, "serve", "--app=echo", "--addr=127.0.0.1:0", "--tls", "--verbose")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	conn := dial(t, ready(t, stdout), "")
	if err := cmd.Process.Signal(sys.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &stderr)
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !errors.Is(err, sys.ECONNRESET) {
		t.Errorf("the connection ended with %v", err)
	}
	if !strings.Contains(stderr.String(), "BEGIN CERTIFICATE") {
		t.Errorf("the authority was not printed:\n%s", &stderr)
	}
}
