package main

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
)

// TestHold holds connections of every kind, with echoes.
func TestHold(t *testing.T) {
	path, ca := filepath.Join(t.TempDir(), "s"), filepath.Join(t.TempDir(), "ca.pem")
	plain := serve(t, "--app=echo", "--addr=127.0.0.1:0", "--addr=unix:"+path)
	secure := serve(t, "--app=echo", "--tls", "--write-ca="+ca)
	tcp, _, _ := strings.Cut(plain.addr, " ")
	for _, args := range [][]string{
		{"--addr", tcp, "--source=127.0.0.1", "--source=127.0.0.2"},
		{"--addr", "unix:" + path},
		{"--addr", secure.addr, "--tls", "--ca", ca},
		{"--addr", secure.addr, "--tls", "--ca", ca, "--server-name=localhost"},
		{"--addr", secure.addr, "--tls", "--insecure"},
	} {
		if runtime.GOOS != "linux" && strings.HasPrefix(args[len(args)-1], "--source") {
			args = args[:2] // others have one address of 127.0.0.0/8
		}
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			want := []string{"60 connections to " + args[1], "; 0 failed", "60 of 60 have brought their echo of 1000 bytes", "\n0 closed"}
			if runtime.GOOS == "linux" {
				for _, when := range []string{"open", "after an echo", "at the end"} {
					want = append(want, when+": process "+strconv.Itoa(os.Getpid())+" has ")
				}
			}
			pollux(t, append([]string{"hold", "--conns=60", "--dials=7", "--echo=1000", "--for=1ms"}, args...)...).expect(t, exitOK, want, nil)
		})
	}
}

// TestHoldLost has the server end while its connections are held, until a
// signal.
func TestHoldLost(t *testing.T) {
	s := serve(t, "--app=discard")
	r, w := io.Pipe()
	signals, exited := make(chan os.Signal, 1), make(chan int, 1)
	stderr := new(buffer)
	go func() {
		exited <- execute([]string{"hold", "--addr", s.addr, "--conns=20"}, &environment{stdout: w, stderr: stderr, signals: signals})
		_ = w.Close()
	}()
	held := ""
	for chunk := make([]byte, 1000); !strings.Contains(held, "holding\n"); {
		n, err := r.Read(chunk)
		if err != nil {
			t.Fatalf("%v after %q", err, held)
		}
		held += string(chunk[:n])
	}
	s.stop(t) // returns when all have closed
	signals <- sys.SIGTERM
	rest, err := io.ReadAll(r)
	if err != nil || <-exited != exitFailure {
		t.Errorf("%v, %q", err, rest)
	}
	if !strings.Contains(string(rest), "closed by the server meanwhile") || !strings.Contains(stderr.String(), "of 20 connections") {
		t.Errorf("%q, %q", rest, stderr)
	}
}

// TestHoldFails holds nothing, and says why.
func TestHoldFails(t *testing.T) {
	l := listener(t)
	nobody := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	secure := serve(t, "--app=echo", "--tls", "--write-ca="+filepath.Join(t.TempDir(), "ca.pem"))
	silent := serve(t, "--app=discard")
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--addr", nobody, "--conns=3"}, exitFailure, "refused"},
		{[]string{"--addr", secure.addr, "--tls", "--conns=3"}, exitFailure, "CERTIFICATE_VERIFY_FAILED"},
		{[]string{"--addr", silent.addr, "--conns=3", "--echo=10", "--timeout=100ms", "--for=1ms"}, exitFailure, "3 of 3 connections brought no echo"},
		{[]string{"--addr", silent.addr, "--tls", "--insecure", "--conns=3", "--timeout=100ms"}, exitFailure, "first failure"},
		{[]string{"--addr", secure.addr, "--tls", "--ca", empty}, exitFailure, "--ca"},
		{[]string{"--addr=:1"}, exitUsage, "want HOST:PORT"},
		{[]string{"--addr=unix:"}, exitUsage, "path is missing"},
		{[]string{"--conns=0"}, exitUsage, "at least 1"},
		{[]string{"--for=-1s"}, exitUsage, "must not be negative"},
		{[]string{"--insecure"}, exitUsage, "need --tls"},
		{[]string{"--tls", "--insecure", "--ca=x"}, exitUsage, "goes without --ca"},
		{[]string{"--source=nowhere"}, exitUsage, "must be an address"},
	} {
		pollux(t, append([]string{"hold"}, c.args...)...).expect(t, c.code, nil, []string{c.want})
	}
}

// TestHoldUnknownServer holds connections to a server whose process cannot be
// looked at.
func TestHoldUnknownServer(t *testing.T) {
	s := serve(t, "--app=echo")
	pollux(t, "hold", "--addr", s.addr, "--conns=2", "--for=1ms", "--pid=999999999").expect(t, exitOK,
		[]string{"2 connections", "open: what the server has used is not known"}, nil)
}
