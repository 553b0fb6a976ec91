package main

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestGetDefault(t *testing.T) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			get := mode.args
			r := pollux(t, get...)
			r.expect(t, exitOK, []string{
				"TLS: TLSv1.3, TLS_", "Peer: CN=localhost, issued by CN=Pollux demo authority (verified)\n",
				"HTTP/1.1 200 OK\n", "Content-Type: text/plain; charset=utf-8\n", "\n\nHello from Pollux.\n",
			}, nil)
			if r.stderr != "" {
				t.Errorf("standard error: %s", r.stderr)
			}
		})
	}
}

// variable is what differs from run to run, with its stand-in.
var variable = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`\bt=\S+`), "t=T"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "127.0.0.1:PORT"},
	{regexp.MustCompile(`\bfd=\d+`), "fd=FD"},
	{regexp.MustCompile(`Date: .*GMT`), "Date: DATE"},
	{regexp.MustCompile(`TLS_\w+`), "TLS_CIPHER"},
}

func normalize(s string) string {
	for _, v := range variable {
		s = v.pattern.ReplaceAllString(s, v.with)
	}
	return s
}

func TestGetVerbose(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
	}{
		{"blocking", []string{"get", "--verbose"}},
		{"nonblocking", []string{"get", "--verbose", "--nonblocking"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := pollux(t, tc.args...)
			r.expect(t, exitOK, nil, nil)
			compare(t, filepath.Join("testdata", "get_"+tc.name+".golden"), normalize(r.stdout+r.stderr))
		})
	}
}

// compare holds an output against a golden file. How often a nonblocking call
// has to wait is a matter of luck: lines that begin with "?" in the file may be
// missing, and any line may come again.
func compare(t *testing.T, file, got string) {
	t.Helper()
	golden, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Split(strings.ReplaceAll(string(golden), "\n?", "\n"), "\n")
	rest := strings.Split(got, "\n")
	for _, line := range rest {
		if !slices.Contains(known, line) {
			t.Errorf("unexpected line %q", line)
		}
	}
	for _, line := range strings.Split(string(golden), "\n") {
		if strings.HasPrefix(line, "?") {
			continue
		}
		i := slices.Index(rest, line)
		if i < 0 {
			t.Errorf("line missing, or not in order: %q", line)
			continue
		}
		rest = rest[i+1:]
	}
	if t.Failed() {
		t.Logf("got:\n%s", got)
	}
}

func TestGetOutput(t *testing.T) {
	s := serve(t)
	file := filepath.Join(t.TempDir(), "body")
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			get := mode.args
			r := pollux(t, append(get, "-o", file, "http://"+s.addr+"/bytes/1000000")...)
			r.expect(t, exitOK, []string{"HTTP/1.1 200 OK", "Content-Length: 1000000\n"}, nil)
			if strings.Contains(r.stdout, "ABCDEF") {
				t.Error("the body is on standard output too")
			}
			body, err := os.ReadFile(file)
			if err != nil || len(body) != 1000000 || !strings.HasPrefix(string(body), "pollux ABC") {
				t.Fatalf("%d bytes, %v", len(body), err)
			}
			r = pollux(t, append(get, "-o", "-", "http://"+s.addr+"/bytes/10")...)
			r.expect(t, exitOK, nil, []string{"HTTP/1.1 200 OK"})
			if r.stdout != "pollux ABC" {
				t.Errorf("standard output: %q", r.stdout)
			}
		})
	}
}

func TestGetHeaders(t *testing.T) {
	s := serve(t)
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			get := mode.args
			r := pollux(t, append(get, "-H", "X-One: a, b", "-H", "x-two:c", "-H", "Host: other.test", "http://"+s.addr+"/headers")...)
			r.expect(t, exitOK, []string{
				"GET /headers HTTP/1.1\n", "Host: other.test\n", "X-One: a, b\n", "X-Two: c\n", "User-Agent: pollux\n", "Connection: close\n",
			}, nil)
		})
	}
}

func TestGetTLS(t *testing.T) {
	ca := filepath.Join(t.TempDir(), "ca.pem")
	s := serve(t, "--tls", "--write-ca", ca)
	_, port, _ := strings.Cut(s.addr, ":")
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			get := mode.args
			pollux(t, append(get, "--ca", ca, "https://"+s.addr+"/bytes/300000")...).expect(t, exitOK,
				[]string{"issued by CN=Pollux serve authority (verified)", "Content-Length: 300000"}, nil)
			pollux(t, append(get, "--insecure", "https://"+s.addr+"/")...).expect(t, exitOK, []string{"(not verified)"}, nil)
			pollux(t, append(get, "--ca", ca, "https://localhost:"+port+"/eof/300000")...).expect(t, exitOK, []string{"Connection: close"}, nil)
			pollux(t, append(get, "--ca", ca, "--head", "https://"+s.addr+"/")...).expect(t, exitOK, []string{"Content-Length: 81"}, nil)
		})
	}
}

func TestGetIPv6(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("no IPv6: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	s := serve(t, "--addr=[::1]:0", "--tls", "--write-ca", ca)
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			pollux(t, append(mode.args, "--ca", ca, "https://"+s.addr+"/headers")...).expect(t, exitOK, []string{"Host: " + s.addr + "\n"}, nil)
		})
	}
}
