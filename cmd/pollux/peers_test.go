package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/certs"
)

// program skips the test when a program is not there.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// TestGetPython fetches from Python's own server, HTTP/1.0 with bodies that
// have a length.
func TestGetPython(t *testing.T) {
	dir := t.TempDir()
	content := strings.Repeat("0123456789abcdef", 20000)
	if err := os.WriteFile(filepath.Join(dir, "file.txt"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program(t, "python3"), "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", dir, "0")
	addr := started(t, cmd, regexp.MustCompile(`\(http://([0-9.:]+)/\)`))
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			get := mode.args
			r := pollux(t, append(get, "-o", "-", "http://"+addr+"/file.txt")...)
			r.expect(t, exitOK, nil, []string{"HTTP/1.0 200 OK\n", "Content-Length: 320000\n", "Server: SimpleHTTP/"})
			if r.stdout != content {
				t.Errorf("%d bytes differ", len(r.stdout))
			}
			pollux(t, append(get, "--head", "http://"+addr+"/file.txt")...).expect(t, exitOK, []string{"Content-Length: 320000\n"}, nil)
			pollux(t, append(get, "http://"+addr+"/missing")...).expect(t, exitOK, []string{"HTTP/1.0 404 File not found\n"}, nil)
		})
	}
}

// started starts a program and finds its address in what it prints.
func started(t *testing.T, cmd *exec.Cmd, pattern *regexp.Regexp) string {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed
	})
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if m := pattern.FindStringSubmatch(line); m != nil {
			return m[1]
		}
		if err != nil {
			t.Fatalf("%s says nothing of an address: %v\n%s", cmd.Path, err, &stderr)
		}
	}
}

// TestGetOpenSSL fetches the status page of OpenSSL's server, which ends with
// the connection.
func TestGetOpenSSL(t *testing.T) {
	openssl := program(t, "openssl")
	authority, err := certs.NewAuthority(certs.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Issue(certs.Leaf{})
	if err != nil {
		t.Fatal(err)
	}
	key, err := pair.KeyPEM()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ca, leaf := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "leaf.pem")
	for file, pem := range map[string][]byte{ca: authority.PEM(), leaf: append(pair.CertPEM(), key...)} {
		if err := os.WriteFile(file, pem, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		t.Run(version, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), openssl, "s_server", "-accept", "127.0.0.1:0", "-cert", leaf, "-www", version)
			if _, err := cmd.StdinPipe(); err != nil { // it ends with its input
				t.Fatal(err)
			}
			addr := started(t, cmd, regexp.MustCompile(`ACCEPT (127\.[0-9.:]+)`))
			want := "TLS: TLSv1." + version[len(version)-1:]
			for _, mode := range modes {
				t.Run(mode.name, func(t *testing.T) {
					get := mode.args
					pollux(t, append(get, "--ca", ca, "https://"+addr+"/")...).expect(t, exitOK,
						[]string{want, "HTTP/1.0 200 ok\n", "Content-Type: text/html\n", "s_server", "</HTML>"}, nil)
				})
			}
		})
	}
}

// TestServeCurl has curl fetch everything there is.
func TestServeCurl(t *testing.T) {
	curl := program(t, "curl")
	for _, tr := range transports {
		t.Run(string(tr), func(t *testing.T) {
			s, ca := tr.serve(t, "http")
			base := "http://" + s.addr
			if ca != "" {
				base = "https://" + s.addr
			}
			run := func(args ...string) (out []byte) {
				t.Helper()
				args = append([]string{"--silent", "--show-error", "--noproxy", "*", "--max-time", "20"}, args...)
				if ca != "" {
					args = append(args, "--cacert", ca)
				}
				var stderr bytes.Buffer
				cmd := exec.CommandContext(t.Context(), curl, args...)
				cmd.Stderr = &stderr
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("curl %v: %v\n%s", args, err, &stderr)
				}
				return out
			}
			for _, path := range []string{"/bytes/", "/chunked/", "/eof/"} {
				for _, n := range []int{0, 1, 16384, 16385, 5000000} {
					if out := run(base + path + strconv.Itoa(n)); len(out) != n {
						t.Errorf("%s%d: %d bytes", path, n, len(out))
					}
				}
			}
			const report = "%{http_code} %{num_connects} %{size_download}\n"
			none := func(args ...string) string {
				return string(run(append([]string{"--output", os.DevNull, "--write-out", report}, args...)...))
			}
			for _, tc := range []struct {
				want string
				args []string
			}{
				{"204 1 0", []string{base + "/status/204"}},
				{"302 1 10", []string{base + "/status/302"}},
				{"404 1 14", []string{base + "/nothing"}},
				{"200 1 0", []string{"--head", base + "/bytes/1000"}},
				{"405 1 23", []string{"--data", "some body", base + "/"}},
				{"405 1 23", []string{"--header", "Expect: 100-continue", "--data", "some body", base + "/"}},
				{"411 1 20", []string{"--header", "Transfer-Encoding: chunked", "--data", "some body", base + "/"}},
				{"200 1 81", []string{"--http1.0", base + "/"}},
			} {
				if got := strings.TrimSpace(none(tc.args...)); got != tc.want {
					t.Errorf("curl %v: %q, want %q", tc.args, got, tc.want)
				}
			}
			// The second and third requests use the connection of the first.
			got := string(run("--write-out", report, "--output", os.DevNull, base+"/bytes/100000",
				"--output", os.DevNull, base+"/chunked/7", "--output", os.DevNull, base+"/status/500"))
			if want := "200 1 100000\n200 0 7\n500 0 26\n"; got != want {
				t.Errorf("keep-alive: %q, want %q", got, want)
			}
		})
	}
}

// TestServeOpenSSL talks to echo through OpenSSL's client.
func TestServeOpenSSL(t *testing.T) {
	openssl := program(t, "openssl")
	ca := filepath.Join(t.TempDir(), "ca.pem")
	s := serve(t, "--app=echo", "--tls", "--write-ca", ca)
	cmd := exec.CommandContext(t.Context(), openssl, "s_client", "-connect", s.addr, "-CAfile", ca,
		"-verify_return_error", "-verify_hostname", "localhost", "-quiet", "-no_ign_eof")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(stdin, "hello\n"); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if line != "hello\n" {
		t.Errorf("%q, %v", line, err)
	}
	_ = stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
