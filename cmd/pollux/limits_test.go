package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor/stream"
)

// TestServeTimeouts has connections end that do nothing, or do not begin what
// they came for.
func TestServeTimeouts(t *testing.T) {
	for _, args := range [][]string{
		{"--app=echo", "--idle-timeout=20ms"},
		{"--app=echo", "--read-timeout=20ms"},
		{"--tls", "--handshake-timeout=20ms"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			s := serve(t, args...)
			c := dial(t, s.addr, "")
			if strings.HasPrefix(args[1], "--handshake") {
				_, err := c.Write([]byte{22, 3, 1}) // it begins with the first byte
				if err != nil {
					t.Fatal(err)
				}
			}
			if _, err := io.Copy(io.Discard, c); err != nil && strings.Contains(err.Error(), "i/o timeout") {
				t.Error("the connection stayed open")
			}
		})
	}
	t.Run("--write-timeout", func(t *testing.T) {
		s := serve(t, "--write-timeout=20ms", "--verbose")
		c := dial(t, s.addr, "")
		exchange(t, c, "GET /bytes/1000000000000 HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK")
		s.logs(t, "msg=failed")
	})
}

// logs waits for a word on standard error.
func (s *server) logs(t *testing.T, want string) {
	t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(s.stderr.String(), want); {
		if time.Now().After(end) {
			t.Fatalf("standard error lacks %q:\n%s", want, s.stderr)
		}
	}
}

// TestServeLimits has no more connections be served than there may be.
func TestServeLimits(t *testing.T) {
	t.Run("--max-conns", func(t *testing.T) {
		s := serve(t, "--max-conns=1")
		first, second := dial(t, s.addr, ""), dial(t, s.addr, "")
		exchange(t, first, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK")
		if _, err := io.WriteString(second, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if err := second.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		if n, err := second.Read(make([]byte, 1)); n > 0 || err == nil {
			t.Error("a second connection was served")
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		if err := second.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if _, err := second.Read(make([]byte, 1)); err != nil {
			t.Errorf("the second connection after the first: %v", err)
		}
	})
	t.Run("--max-per-ip", func(t *testing.T) {
		s := serve(t, "--max-per-ip=1")
		exchange(t, dial(t, s.addr, ""), "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK")
		c, err := net.Dial("tcp", s.addr)
		if err == nil { // the reset may even be quicker than the end of connect
			defer func() { _ = c.Close() }()
			_, err = c.Read(make([]byte, 1))
		}
		if !errors.Is(err, sys.ECONNRESET) {
			t.Errorf("the second connection: %v, want a reset", err)
		}
	})
}

// TestLimitsApply compares what a server is told with the flags.
func TestLimitsApply(t *testing.T) {
	l := limits{
		MaxConns: 1, MaxPerIP: 2, MaxBuffered: 3, IdleTimeout: 4, ReadTimeout: 5, WriteTimeout: 6,
		HandshakeTimeout: 7, Linger: 8, ReusePort: true,
	}
	var c stream.Config
	l.apply(&c)
	got := []int64{
		int64(c.MaxConns), int64(c.MaxPerIP), c.MaxBuffered, int64(c.IdleTimeout), int64(c.ReadTimeout),
		int64(c.WriteTimeout), int64(c.HandshakeTimeout), int64(c.Linger),
	}
	if !slices.Equal(got, []int64{1, 2, 3, 4, 5, 6, 7, 8}) || c.Spread != stream.SpreadReusePort {
		t.Errorf("%v, spread %d", got, c.Spread)
	}
}

// TestLimitsNegative refuses what cannot be meant, by its flag's name.
func TestLimitsNegative(t *testing.T) {
	for _, flag := range []string{"max-conns=-1", "max-per-ip=-1", "max-buffered=-1", "idle-timeout=-1s", "read-timeout=-1s", "write-timeout=-1s", "handshake-timeout=-1s", "linger=-1s"} {
		name, _, _ := strings.Cut(flag, "=")
		pollux(t, "serve", "--"+flag).expect(t, exitUsage, nil, []string{"--" + name, "negative"})
	}
	pollux(t, "serve", "--metrics=nowhere").expect(t, exitUsage, nil, []string{"--metrics", "HOST:PORT"})
}

// TestServeMetrics reads the counters and a profile while the server works.
func TestServeMetrics(t *testing.T) {
	ca := filepath.Join(t.TempDir(), "ca.pem")
	s := serve(t, "--tls", "--write-ca="+ca, "--metrics=127.0.0.1:0")
	exchange(t, dial(t, s.addr, ca), "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK")
	found := regexp.MustCompile(`metrics at (http://[^/]+)/metrics`).FindStringSubmatch(s.stderr.String())
	if found == nil {
		t.Fatalf("standard error: %s", s.stderr)
	}
	for path, want := range map[string]string{
		"/metrics??":                        "\npollux_handshake_waiting 0\n",
		"/metrics":                          "\npollux_conns_accepted_total 1\n",
		"/metrics?":                         `pollux_loop_handles{loop="1"}`,
		"/debug/pprof/goroutine?debug=1":    "goroutine profile:",
		"/debug/pprof/":                     "Types of profiles",
		"/debug/pprof/cmdline":              os.Args[0],
		"/debug/pprof/profile?seconds=1&x=": "",
	} {
		if body, err := get(found[1] + path); err != nil || !strings.Contains(body, want) {
			t.Errorf("%s: %v, %.200q lacks %q", path, err, body, want)
		}
	}
	l := listener(t)
	pollux(t, "serve", "--addr=127.0.0.1:0", "--metrics", l.Addr().String()).expect(t, exitFailure, nil, []string{"--metrics", "in use"})
}

// get fetches a page, on a connection of its own.
func get(url string) (string, error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("status %d", resp.StatusCode)
	}
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}
