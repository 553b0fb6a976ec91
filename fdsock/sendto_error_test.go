package fdsock_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
)

// TestSendToErrorNamesAddress sends where the kernel refuses to: the error
// says where.
func TestSendToErrorNamesAddress(t *testing.T) {
	onDefault(t)
	s, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_DGRAM, 0)
	want(t, err, nil)
	closeAtEnd(t, s)
	to := fdsock.Inet("127.0.0.1", 9)
	big := make([]byte, 100_000)
	for name, call := range map[string]func() error{
		"sendto":  func() error { _, err := s.SendTo(big, to); return err },
		"sendmsg": func() error { _, err := s.SendMsg([][]byte{big}, nil, to); return err },
		"sendto of netip": func() error {
			_, err := s.SendToAddrPort(big, netip.MustParseAddrPort("127.0.0.1:9"))
			return err
		},
	} {
		err := call()
		var e *fdsock.Error
		if !errors.Is(err, unix.EMSGSIZE) || !errors.As(err, &e) || e.Addr == nil || !strings.Contains(err.Error(), "127.0.0.1:9") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
