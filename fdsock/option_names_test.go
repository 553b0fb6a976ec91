package fdsock_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
)

// TestOptionErrorNamesOption gets and sets options that the kernel refuses: the
// error says which.
func TestOptionErrorNamesOption(t *testing.T) {
	onDefault(t)
	s, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	want(t, err, nil)
	closeAtEnd(t, s)
	for name, err := range map[string]error{
		"setsockopt SOL_SOCKET SO_TYPE: ":  s.SetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_TYPE, 1),
		"setsockopt SOL_SOCKET 9999: ":     s.SetSockOptBytes(fdsock.SOL_SOCKET, 9999, []byte{1, 0, 0, 0}),
		"setsockopt IPPROTO_TCP 9999: ":    s.SetSockOptNil(fdsock.IPPROTO_TCP, 9999, 4),
		"getsockopt IPPROTO_IPV6 9999: ":   func() error { _, err := s.GetSockOpt(fdsock.IPPROTO_IPV6, 9999); return err }(),
		"getsockopt 12345 1: ":             func() error { _, err := s.GetSockOptBytes(12345, 1, 4); return err }(),
		"setsockopt IPPROTO_IP IP_ADD_MEM": s.SetSockOptBytes(fdsock.IPPROTO_IP, fdsock.IP_ADD_MEMBERSHIP, []byte{1}),
	} {
		var e *fdsock.Error
		if !errors.As(err, &e) || e.Option == "" || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%v, want one of %s", err, name)
		}
	}
	want(t, s.Close(), nil)
	want(t, s.SetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_KEEPALIVE, 1), unix.EBADF)
}

// TestLocalPort asks for the port that the system has chosen.
func TestLocalPort(t *testing.T) {
	onDefault(t)
	for _, family := range []int{fdsock.AF_INET, fdsock.AF_INET6} {
		s, err := fdsock.New(family, fdsock.SOCK_DGRAM, 0)
		want(t, err, nil)
		closeAtEnd(t, s)
		host := map[int]string{fdsock.AF_INET: "127.0.0.1", fdsock.AF_INET6: "::1"}[family]
		want(t, s.Bind(fdsock.Inet(host, 0)), nil)
		name, err := s.GetSockName()
		want(t, err, nil)
		if port, err := s.LocalPort(); err != nil || port == 0 || port != name.(fdsock.InetAddr).Port {
			t.Errorf("port %d of %v, %v", port, name, err)
		}
	}
	a, b, err := fdsock.SocketPair()
	want(t, err, nil)
	closeAtEnd(t, a)
	closeAtEnd(t, b)
	if _, err := a.LocalPort(); !errors.As(err, new(*fdsock.ValueError)) {
		t.Error(err)
	}
	want(t, a.Close(), nil)
	_, err = a.LocalPort()
	want(t, err, unix.EBADF)
}
