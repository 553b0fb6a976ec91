package tlsbridge_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/tlsbridge"
)

// TestKeylog writes secrets, for their owner only.
//
//inventory:row SSLContext.keylog_filename
func TestKeylog(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		path := filepath.Join(t.TempDir(), "keys")
		cctx, sctx := contexts(t, v)
		for _, c := range []*tlsbridge.Context{cctx, sctx} {
			if c.KeylogFilename() != "" {
				t.Error("a key log that nobody has asked for")
			}
			must(t, c.SetKeylogFilename(path))
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || cctx.KeylogFilename() != path {
			t.Error(info.Mode(), err)
		}
		pair(t, cctx, sctx)
		text, err := os.ReadFile(path)
		must(t, err)
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		want := map[tlsbridge.TLSVersion]int{tlsbridge.TLSv1_2: 1 + 2, tlsbridge.TLSv1_3: 1 + 2*4}[v]
		if len(lines) != want || !strings.HasPrefix(lines[0], "# TLS secrets log file") || strings.Contains(string(text[1:]), "#") {
			t.Errorf("%d lines, want %d:\n%s", len(lines), want, text)
		}
		must(t, cctx.SetKeylogFilename(""))
		must(t, sctx.SetKeylogFilename(""))
		pair(t, cctx, sctx)
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, text) {
			t.Error("the log goes on", err)
		}
	})
}

// TestKeylogErrors cannot open a file, or not write it: the handshake fails.
//
//inventory:row SSLContext.keylog_filename
func TestKeylogErrors(t *testing.T) {
	begin(t)
	c := newContext(t, tlsbridge.PROTOCOL_TLS_CLIENT)
	wantErrors(t, c.SetKeylogFilename(filepath.Join(t.TempDir(), "no", "where")), fs.ErrNotExist)
	if err := c.SetKeylogFilename(t.TempDir()); err == nil || c.KeylogFilename() != "" {
		t.Error("a directory:", err)
	}
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	cctx, sctx := contexts(t, 0)
	must(t, sctx.SetKeylogFilename("/dev/full"))
	errC, errS := meet(t, cctx, sctx, serverName)
	var path *fs.PathError
	if !asError(errS, &path) || path.Path != "/dev/full" {
		t.Errorf("%T %v", errS, errS)
	}
	wantErr(t, errC, tlsbridge.KindSSL, "TLSV1_ALERT_INTERNAL_ERROR")
	must(t, sctx.SetKeylogFilename(""))
}

// TestKeylogClosedUnderway ends the log under a wrapped socket, which goes on
// without.
func TestKeylogClosedUnderway(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, 0)
	must(t, sctx.SetKeylogFilename(filepath.Join(t.TempDir(), "keys")))
	a, b := socketpair(t)
	client, server := wrap(t, a, b, cctx, sctx)
	must(t, sctx.SetKeylogFilename(""))
	client.SetTimeout(0)
	server.SetTimeout(0)
	must(t, shake(client, server))
}
