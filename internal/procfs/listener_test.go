//go:build linux

package procfs

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

// TestListener finds this process at addresses of its own, and nobody where it
// no longer listens.
func TestListener(t *testing.T) {
	for _, at := range []struct{ listen, ask string }{{"127.0.0.1", "127.0.0.1"}, {"0.0.0.0", "127.0.0.1"}, {"::1", "::1"}, {"::", "127.0.0.1"}} {
		l, err := net.Listen("tcp", net.JoinHostPort(at.listen, "0"))
		if err != nil {
			t.Logf("%s: %v", at.listen, err)
			continue
		}
		addr := netip.AddrPortFrom(netip.MustParseAddr(at.ask), uint16(l.Addr().(*net.TCPAddr).Port))
		if pid, err := Listener(addr); pid != os.Getpid() || err != nil {
			t.Errorf("%v: %d, %v, want %d", at, pid, err, os.Getpid())
		}
		other := netip.AddrPortFrom(netip.MustParseAddr("127.9.9.9"), addr.Port())
		if pid, err := Listener(other); at.listen == at.ask && !errors.Is(err, ErrNoListener) {
			t.Errorf("%v: %d listens at %v, %v", at, pid, other, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := Listener(addr); !errors.Is(err, ErrNoListener) {
			t.Errorf("%v: %v", at, err)
		}
	}
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if pid, err := UnixListener(path); pid != os.Getpid() || err != nil {
		t.Error(pid, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := UnixListener(path); !errors.Is(err, ErrNoListener) {
		t.Error(err)
	}
}

func TestParseHexAddr(t *testing.T) {
	for text, want := range map[string]string{
		"0100007F:1F90": "127.0.0.1:8080", "00000000000000000000000001000000:0016": "[::1]:22", "0000000000000000FFFF00000100007F:0050": "127.0.0.1:80",
	} {
		if got, err := parseHexAddr(text); err != nil || got.String() != want {
			t.Errorf("%s: %v, %v, want %s", text, got, err, want)
		}
	}
	for _, bad := range []string{"", "0100007F", "0100007F:", "0100007F:12345", "0100007:0050", "0100007G:0050"} {
		if got, err := parseHexAddr(bad); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}
