package main

import (
	"bytes"
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
)

// refused returns an address where nobody listens.
func refused(t *testing.T) string {
	t.Helper()
	l := listener(t)
	_ = l.Close()
	return l.Addr().String()
}

// listener listens on the loopback until the test ends.
func listener(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestGetRefused(t *testing.T) {
	addr := refused(t)
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			get := mode.args
			r := pollux(t, append(get, "http://"+addr+"/")...)
			r.expect(t, exitFailure, nil, nil)
			if want := "pollux: connect " + addr + ": ECONNREFUSED (ConnectionRefusedError): connection refused\n"; r.stderr != want {
				t.Errorf("standard error %q, want %q", r.stderr, want)
			}
		})
	}
}

func TestGetUnknownHost(t *testing.T) {
	want := regexp.MustCompile(`^pollux: getaddrinfo: nosuch\.invalid: (Name or service not known|Temporary failure in name resolution) \(gaierror -[23]\)\n$`)
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			get := mode.args
			r := pollux(t, append(get, "http://nosuch.invalid/")...)
			if r.code != exitFailure || !want.MatchString(r.stderr) {
				t.Errorf("%d %q", r.code, r.stderr)
			}
		})
	}
}

// TestGetTimeout has a server that accepts, in the kernel, and never answers.
func TestGetTimeout(t *testing.T) {
	l := listener(t)
	for _, tc := range []struct{ scheme, want string }{
		{"http", "pollux: receive response from " + l.Addr().String() + ": recv: TimeoutError: timed out\n"},
		{"https", "pollux: TLS handshake with " + l.Addr().String() + ": do_handshake: TimeoutError: timed out\n"},
	} {
		for _, mode := range modes {
			t.Run(mode.name, func(t *testing.T) {
				get := mode.args
				r := pollux(t, append(get, "--timeout=50ms", tc.scheme+"://"+l.Addr().String()+"/")...)
				if r.code != exitFailure || r.stderr != tc.want {
					t.Errorf("%d %q, want %q", r.code, r.stderr, tc.want)
				}
			})
		}
	}
}

// TestGetSlowBody has a body that never comes to its end: the limit is for the
// whole request, however many of its calls succeed.
func TestGetSlowBody(t *testing.T) {
	s := secure(t, func(conn net.Conn, _ *http.Request) {
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
		for {
			if _, err := conn.Write([]byte("drip\n")); err != nil {
				return
			}
		}
	})
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			get := mode.args
			r := pollux(t, append(get, "--ca", s.ca, "--timeout=100ms", s.url)...)
			want := regexp.MustCompile(`pollux: receive body after \d+ bytes: read: TimeoutError: timed out`)
			if r.code != exitFailure || !want.MatchString(r.stderr) {
				t.Errorf("%d %q", r.code, clip(r.stderr))
			}
		})
	}
}

func TestGetCertificates(t *testing.T) {
	answer := say("HTTP/1.1 204 No Content\r\n\r\n")
	good := secure(t, answer)
	other := secureWith(t, certs.Leaf{Names: []string{"other.test"}}, &tls.Config{}, answer)
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			get := mode.args
			const refusal = "do_handshake: SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] "
			pollux(t, append(get, "--ca", good.ca, good.url)...).expect(t, exitOK, nil, nil)
			pollux(t, append(get, "--ca", other.ca, good.url)...).expect(t, exitFailure, nil,
				[]string{"pollux: TLS handshake with 127.0.0.1:", refusal, "unknown authority"})
			pollux(t, append(get, good.url)...).expect(t, exitFailure, nil, []string{refusal})
			pollux(t, append(get, "--ca", other.ca, other.url)...).expect(t, exitFailure, nil, []string{refusal, "127.0.0.1"})
			pollux(t, append(get, "--insecure", other.url)...).expect(t, exitOK, []string{"CN=other.test", "(not verified)"}, nil)
		})
	}
}

func TestGetClientCertificate(t *testing.T) {
	s := secureWith(t, certs.Leaf{}, &tls.Config{ClientAuth: tls.RequireAnyClientCert}, func(conn net.Conn, _ *http.Request) {
		name := conn.(*tls.Conn).ConnectionState().PeerCertificates[0].Subject.String()
		say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nServer: hello "+name+"\r\n\r\n")(conn, nil)
	})
	authority, err := certs.NewAuthority(certs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Issue(certs.Leaf{Names: []string{"me.test"}, Usage: certs.Client})
	if err != nil {
		t.Fatal(err)
	}
	key, err := pair.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "me.pem")
	if err := os.WriteFile(file, append(pair.CertPEM(), key...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			get := mode.args
			pollux(t, append(get, "--ca", s.ca, "--cert", file, s.url)...).expect(t, exitOK, []string{"Server: hello CN=me.test\n"}, nil)
			r := pollux(t, append(get, "--ca", s.ca, s.url)...)
			r.expect(t, exitFailure, nil, []string{"pollux: ", "CERTIFICATE_REQUIRED"})
		})
	}
}

// TestGetWrongProtocol has TLS meet a server without it, and the reverse.
func TestGetWrongProtocol(t *testing.T) {
	p := plain(t, say("HTTP/1.1 200 OK\r\n\r\n"))
	garbage := plain(t, nil) // reads a request, which a ClientHello is not, and hangs up
	s := serve(t, "--tls")
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			get := mode.args
			for _, server := range []scripted{p, garbage} {
				addr := strings.TrimPrefix(server.url, "http://")
				pollux(t, append(get, "https://"+addr)...).expect(t, exitFailure, nil, []string{"pollux: TLS handshake with " + addr + ": "})
			}
			pollux(t, append(get, "http://"+s.addr)...).expect(t, exitFailure, nil, []string{"pollux: receive response from " + s.addr + ": "})
		})
	}
}

// TestGetHTTPS has a server that answers a request with a TLS alert.
func TestGetHTTPS(t *testing.T) {
	addr := listenRaw(t, "\x15\x03\x03\x00\x02\x02\x0a")
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			get := mode.args
			pollux(t, append(get, "http://"+addr)...).expect(t, exitFailure, nil,
				[]string{"pollux: receive response from " + addr + ": the server answers in TLS: use https://\n"})
		})
	}
}

// TestGetNotHTTPS has a server that answers a ClientHello in plain text.
func TestGetNotHTTPS(t *testing.T) {
	addr := listenRaw(t, "HTTP/1.1 400 Bad Request\r\n\r\n")
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			get := mode.args
			pollux(t, append(get, "https://"+addr)...).expect(t, exitFailure, nil,
				[]string{"pollux: TLS handshake with " + addr + ": do_handshake: SSLError: [SSL: WRONG_VERSION_NUMBER]"})
		})
	}
}

// listenRaw serves words to whoever sends anything.
func listenRaw(t *testing.T, words string) string {
	t.Helper()
	l := listener(t)
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 64<<10))
			_, _ = conn.Write([]byte(words))
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

func TestGetFiles(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing", "file")
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t)
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			get := mode.args
			for _, flag := range []string{"--ca", "--cert", "--output"} {
				url := "https://" + s.addr
				if flag == "--output" { // it is opened when the answer comes
					url = "http://" + s.addr
				}
				r := pollux(t, append(get, flag, missing, url)...)
				if want := "pollux: " + flag + " " + missing + ": no such file or directory\n"; r.code != exitFailure || r.stderr != want {
					t.Errorf("%d %q, want %q", r.code, r.stderr, want)
				}
			}
			pollux(t, append(get, "--cert", empty, "--key", missing, "https://"+s.addr)...).expect(t, exitFailure, nil,
				[]string{"pollux: --key " + missing + ": no such file"})
			pollux(t, append(get, "--ca", empty, "https://"+s.addr)...).expect(t, exitFailure, nil, []string{"pollux: --ca " + empty + ": load_verify_locations " + empty + ": SSLError: "})
			pollux(t, append(get, "--cert", empty, "--key", empty, "https://"+s.addr)...).expect(t, exitFailure, nil,
				[]string{"pollux: --cert " + empty + " --key " + empty + ": load_cert_chain " + empty + ": SSLError: "})
		})
	}
}

// TestGetInterrupted has a signal end a request that waits.
func TestGetInterrupted(t *testing.T) {
	reached := make(chan struct{}, 2)
	p := plain(t, func(conn net.Conn, _ *http.Request) {
		reached <- struct{}{}
		_, _ = conn.Read(make([]byte, 1)) // until the client has gone
	})
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			get := mode.args
			signals := make(chan os.Signal, 1)
			var stdout, stderr bytes.Buffer
			exited := make(chan int)
			go func() {
				exited <- execute(append(get, p.url), &environment{stdout: &stdout, stderr: &stderr, signals: signals})
			}()
			<-reached
			signals <- os.Interrupt
			if code := <-exited; code != exitInterrupted || stderr.String() != "pollux: interrupted\n" {
				t.Errorf("%d %q", code, stderr.String())
			}
		})
	}
}
