package tlsbridge_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/tlsbridge"
)

// find looks for a program and runs it once: a name on the path may be a stub.
func find(name string, args ...string) (exe, absent string) {
	exe, err := exec.LookPath(name)
	if err != nil {
		return "", "no " + name
	}
	if out, err := exec.Command(exe, args...).CombinedOutput(); err != nil {
		return "", fmt.Sprintf("%s %v: %v: %s", name, args, err, out)
	}
	return exe, ""
}

var openSSLVersions = map[tlsbridge.TLSVersion]string{tlsbridge.TLSv1_2: "-tls1_2", tlsbridge.TLSv1_3: "-tls1_3"}

// lines follows a program's output.
type lines struct{ r *bufio.Reader }

// until reads up to a line that fits.
func (l lines) until(fits func(line string) bool) (string, error) {
	var seen []string
	for {
		line, err := l.r.ReadString('\n')
		if fits(line) {
			return line, nil
		}
		seen = append(seen, line)
		if err != nil {
			return "", fmt.Errorf("%w after %.1000q", err, seen)
		}
	}
}

// echoed waits for the message. The program's own talk may stand before it in
// the line.
func (l lines) echoed(x exam) error {
	msg := x.message()
	_, err := l.until(func(line string) bool { return strings.HasSuffix(line, msg) })
	return err
}

// running is a program under way.
type running struct {
	in  io.WriteCloser
	out lines
	err bytes.Buffer
	cmd *exec.Cmd
}

func run(ctx context.Context, exe string, args ...string) (*running, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	r := &running{cmd: exec.CommandContext(ctx, exe, args...)}
	in, errIn := r.cmd.StdinPipe()
	out, errOut := r.cmd.StdoutPipe()
	if err := errors.Join(errIn, errOut); err != nil {
		cancel()
		return nil, err
	}
	r.cmd.Stderr = &r.err
	r.in, r.out = in, lines{bufio.NewReader(out)}
	r.cmd.Cancel = func() error { defer cancel(); return r.cmd.Process.Kill() }
	return r, r.cmd.Start()
}

// end closes the program's input and waits for it.
func (r *running) end() error {
	_ = r.in.Close()
	_, _ = io.Copy(io.Discard, r.out.r)
	if err := r.cmd.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, r.err.Bytes())
	}
	return nil
}

// say writes to the program.
func (r *running) say(text string) error {
	_, err := io.WriteString(r.in, text)
	return err
}

// renew has OpenSSL ask for new keys. -msg shows when it has.
func (r *running) renew() error {
	if err := r.say("K\n"); err != nil {
		return err
	}
	_, err := r.out.until(func(line string) bool { return strings.Contains(line, ">>> ") && strings.Contains(line, "KeyUpdate") })
	return err
}

func openSSLClient(t *testing.T) *peer {
	t.Helper()
	exe, absent := find("openssl", "version")
	ca, of := onDisk(t)
	dir := t.TempDir()
	return &peer{
		name: "openssl s_client", absent: absent,
		lacks: func(x exam) string {
			if x.feat == featAgain {
				return "s_client and s_server end the connection with its TLS"
			}
			return ""
		},
		client: func(t *testing.T, x exam, port int) error {
			t.Helper()
			args := []string{
				"s_client", "-connect", fmt.Sprint("127.0.0.1:", port), "-servername", serverName, "-CAfile", ca,
				"-verify_return_error", "-verify_hostname", serverName, openSSLVersions[x.version],
			}
			session := filepath.Join(dir, strings.ReplaceAll(x.String(), "/", "-"))
			for n := range x.connections() {
				if err := openSSLVisit(t.Context(), exe, append(args, clientArgs(x, of(x), session, n)...), x); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func clientArgs(x exam, id *identity, session string, n int) []string {
	switch x.feat {
	case featALPN:
		return []string{"-alpn", alpnName}
	case featClientCert:
		return []string{"-cert", id.ccert, "-key", id.ckey}
	case featSTARTTLS:
		return []string{"-starttls", "smtp"}
	case featKeyUpdate:
		return []string{"-msg"}
	case featResumption:
		if n == 0 {
			return []string{"-sess_out", session}
		}
		return []string{"-sess_in", session}
	default:
		return nil
	}
}

// openSSLVisit sends the message through s_client and wants it back.
func openSSLVisit(ctx context.Context, exe string, args []string, x exam) error {
	r, err := run(ctx, exe, args...)
	if err != nil {
		return err
	}
	if x.feat == featKeyUpdate {
		err = r.renew()
	}
	sent := make(chan error, 1)
	go func() { sent <- r.say(x.message()) }()
	if err == nil {
		err = r.out.echoed(x)
	}
	if err != nil {
		_ = r.cmd.Process.Kill()
	}
	return errors.Join(err, <-sent, r.end())
}

func openSSLServer(t *testing.T) *peer {
	t.Helper()
	exe, absent := find("openssl", "version")
	ca, of := onDisk(t)
	return &peer{
		name: "openssl s_server", absent: absent,
		lacks: func(x exam) string {
			switch x.feat {
			case featAgain:
				return "s_client and s_server end the connection with its TLS"
			case featSTARTTLS:
				return "s_server has no STARTTLS"
			default:
				return ""
			}
		},
		server: func(t *testing.T, x exam) (int, func() error) {
			t.Helper()
			id := of(x)
			args := []string{
				"s_server", "-accept", "127.0.0.1:0", "-naccept", fmt.Sprint(x.connections()),
				"-cert", id.cert, "-key", id.key, openSSLVersions[x.version],
			}
			switch x.feat {
			case featALPN:
				args = append(args, "-alpn", alpnName)
			case featClientCert:
				args = append(args, "-CAfile", ca, "-Verify", "1", "-verify_return_error")
			case featKeyUpdate:
				args = append(args, "-msg")
			}
			r, err := run(t.Context(), exe, args...)
			must(t, err)
			var port int
			line, err := r.out.until(func(line string) bool { return strings.HasPrefix(line, "ACCEPT ") })
			if err == nil {
				_, err = fmt.Sscanf(line, "ACCEPT 127.0.0.1:%d", &port)
			}
			if err != nil {
				t.Fatal(errors.Join(err, r.cmd.Process.Kill(), r.end()))
			}
			done := make(chan error, 1)
			go func() { done <- r.echo(x) }()
			return port, func() error { return errors.Join(<-done, r.end()) }
		},
	}
}

// echo writes back the message of each connection.
func (r *running) echo(x exam) error {
	for range x.connections() {
		err := r.out.echoed(x)
		if err == nil && x.feat == featKeyUpdate {
			err = r.renew()
		}
		if err == nil {
			err = r.say(x.message())
		}
		if err != nil {
			return err
		}
	}
	return nil
}
