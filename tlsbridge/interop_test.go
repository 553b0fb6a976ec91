package tlsbridge_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
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

// accepting runs a server of blocking sockets for one connection.
func accepting(t *testing.T, v tlsbridge.TLSVersion, serve func(*tlsbridge.Socket) error) (port string, wait func() error) {
	t.Helper()
	l, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	must(t, err)
	closeAfter(t, l)
	must(t, l.Bind(fdsock.Inet("127.0.0.1", 0)))
	must(t, l.Listen())
	addr, err := l.GetSockName()
	must(t, err)
	l.SetTimeout(patience)
	_, sctx := contexts(t, v)
	done := make(chan error, 1)
	go func() {
		sock, _, err := l.Accept()
		if err != nil {
			done <- err
			return
		}
		defer sock.Close()
		sock.SetTimeout(patience)
		s, err := sctx.Wrap(sock, tlsbridge.Options{KeepRaggedEOFs: true})
		if err == nil {
			err = serve(s)
			_ = s.Close()
		}
		done <- err
	}()
	return fmt.Sprint(addr.(fdsock.InetAddr).Port), func() error { return <-done }
}

// connected returns a client's socket to a port.
func connected(t *testing.T, v tlsbridge.TLSVersion, port int) *tlsbridge.Socket {
	t.Helper()
	sock, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	must(t, err)
	closeAfter(t, sock)
	sock.SetTimeout(patience)
	must(t, sock.Connect(fdsock.Inet("127.0.0.1", port)))
	cctx, _ := contexts(t, v)
	s, err := cctx.Wrap(sock, tlsbridge.Options{ServerHostname: serverName, KeepRaggedEOFs: true})
	must(t, err)
	closeAfter(t, s)
	return s
}

// freePort finds a port for a program that cannot say which it has.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func openSSLVersion(v tlsbridge.TLSVersion) string {
	return map[tlsbridge.TLSVersion]string{tlsbridge.TLSv1_2: "-tls1_2", tlsbridge.TLSv1_3: "-tls1_3"}[v]
}

func TestOpenSSLClient(t *testing.T) {
	openssl := program(t, "openssl", "version")
	ca, _, _ := files(t)
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		port, wait := accepting(t, v, echo)
		cmd := exec.CommandContext(t.Context(), openssl, "s_client", "-quiet", "-connect", "127.0.0.1:"+port, "-CAfile", ca,
			"-verify_return_error", "-verify_hostname", serverName, openSSLVersion(v))
		stdin, err := cmd.StdinPipe()
		must(t, err)
		stdout, err := cmd.StdoutPipe()
		must(t, err)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		must(t, cmd.Start())
		for _, size := range []int{5, 100_000} {
			msg := []byte(strings.Repeat("m", size-1) + "\n")
			go func() { _, _ = stdin.Write(msg) }()
			got := make([]byte, size)
			if _, err := io.ReadFull(stdout, got); err != nil || !bytes.Equal(got, msg) {
				t.Fatalf("%v\n%s", err, stderr.Bytes())
			}
		}
		_ = cmd.Process.Kill() // with -quiet it does not end by itself
		_ = cmd.Wait()
		wantErr(t, wait(), tlsbridge.KindEOF, "UNEXPECTED_EOF_WHILE_READING")
	})
}

func TestOpenSSLServer(t *testing.T) {
	openssl := program(t, "openssl", "version")
	_, cert, key := files(t)
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		port := freePort(t)
		cmd := exec.CommandContext(t.Context(), openssl, "s_server", "-accept", fmt.Sprint("127.0.0.1:", port),
			"-cert", cert, "-key", key, "-rev", openSSLVersion(v))
		stdout, err := cmd.StdoutPipe()
		must(t, err)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		must(t, cmd.Start())
		defer func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}()
		if err := sees(stdout, "ACCEPT"); err != nil {
			_ = cmd.Wait()
			t.Skipf("openssl s_server does not listen: %v: %s", err, stderr.Bytes())
		}
		go func() { _, _ = io.Copy(io.Discard, stdout) }()
		s := connected(t, v, port)
		must(t, s.SendAll([]byte("stressed\n")))
		got := make([]byte, 9)
		must(t, recvFull(s, got))
		if string(got) != "desserts\n" || s.Version() != v.String() {
			t.Errorf("%q over %s", got, s.Version())
		}
	})
}

// sees reads until a word has come.
func sees(r io.Reader, word string) error {
	var seen []byte
	buf := make([]byte, 1)
	for !bytes.Contains(seen, []byte(word)) {
		if _, err := r.Read(buf); err != nil {
			return fmt.Errorf("%w after %q", err, seen)
		}
		seen = append(seen, buf[0])
	}
	return nil
}

// TestCurl fetches from a small HTTP server on the stream filter.
func TestCurl(t *testing.T) {
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

const pythonClient = `
import socket, ssl, sys
ctx = ssl.create_default_context(cafile=sys.argv[2])
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20) as sock:
    s = ctx.wrap_socket(sock, server_hostname=sys.argv[3], suppress_ragged_eofs=False)
    assert s.version() == sys.argv[4], s.version()
    for size in 1, 20000, 100000:
        s.sendall(b"p" * size)
        got = b""
        while len(got) < size:
            got += s.recv(65536)
        assert got == b"p" * size
    s.unwrap()
`

const pythonServer = `
import socket, ssl, sys
ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
ctx.load_cert_chain(sys.argv[1], sys.argv[2])
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    sock, _ = listener.accept()
    with ctx.wrap_socket(sock, server_side=True, suppress_ragged_eofs=False) as s:
        while data := s.recv(65536):
            s.sendall(data)
        plain = s.unwrap()
        plain.sendall(b"in clear")
`

func TestPythonClient(t *testing.T) {
	python := program(t, "python3", "-c", "import ssl")
	ca, _, _ := files(t)
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		port, wait := accepting(t, v, echo)
		out, err := exec.CommandContext(t.Context(), python, "-c", pythonClient, port, ca, serverName, v.String()).CombinedOutput()
		if err != nil {
			t.Errorf("%v: %s", err, out)
		}
		must(t, wait())
	})
}

func TestPythonServer(t *testing.T) {
	python := program(t, "python3", "-c", "import ssl")
	_, cert, key := files(t)
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		cmd := exec.CommandContext(t.Context(), python, "-c", pythonServer, cert, key)
		stdout, err := cmd.StdoutPipe()
		must(t, err)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		must(t, cmd.Start())
		var port int
		if _, err := fmt.Fscan(stdout, &port); err != nil {
			_ = cmd.Wait()
			t.Fatalf("%v: %s", err, stderr.Bytes())
		}
		s := connected(t, v, port)
		msg := bytes.Repeat([]byte("q"), 100_000)
		got := make([]byte, len(msg))
		both(t, func() error { return handshake(s) }, func() error { return nil })
		both(t, func() error { return s.SendAll(msg) }, func() error { return recvFull(s, got) })
		if !bytes.Equal(got, msg) {
			t.Error("echo differs")
		}
		plain, err := s.Unwrap()
		if err != nil {
			_ = cmd.Wait()
			t.Fatalf("%v: %s", err, stderr.Bytes())
		}
		if p, err := plain.Recv(100); string(p) != "in clear" || err != nil {
			t.Errorf("%q, %v", p, err)
		}
		must(t, plain.Close())
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, stderr.Bytes())
		}
	})
}

func TestGoClient(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		port, wait := accepting(t, v, echo)
		config, _ := stdConfigs(v)
		c, err := tls.Dial("tcp", "127.0.0.1:"+port, config)
		must(t, err)
		must(t, exchange(c, bytes.Repeat([]byte("g"), 100_000)))
		must(t, c.CloseWrite())
		if n, err := c.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Error(n, err)
		}
		must(t, c.Close())
		must(t, wait())
	})
}

func TestGoServer(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		_, config := stdConfigs(v)
		l, err := tls.Listen("tcp", "127.0.0.1:0", config)
		must(t, err)
		done := make(chan error, 1)
		go func() {
			c, err := l.Accept()
			if err == nil {
				_, err = io.Copy(c, c)
				err = errors.Join(err, c.Close())
			}
			done <- err
		}()
		s := connected(t, v, l.Addr().(*net.TCPAddr).Port)
		msg, got := bytes.Repeat([]byte("g"), 100_000), make([]byte, 100_000)
		must(t, handshake(s))
		both(t, func() error { return s.SendAll(msg) }, func() error { return recvFull(s, got) })
		if _, err := s.Unwrap(); err != nil || !bytes.Equal(got, msg) {
			t.Error(err)
		}
		must(t, <-done)
		must(t, l.Close())
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
