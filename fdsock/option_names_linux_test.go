//go:build linux

package fdsock_test

import (
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
)

// TestOptionErrorLinux has the kernel refuse options that Linux alone has.
func TestOptionErrorLinux(t *testing.T) {
	s := newSocket(t, fdsock.AF_INET, fdsock.SOCK_STREAM)
	for name, o := range map[string][2]int{
		"SOL_SOCKET SO_PROTOCOL": {fdsock.SOL_SOCKET, fdsock.SO_PROTOCOL},
		"IPPROTO_TCP TCP_ULP":    {fdsock.IPPROTO_TCP, fdsock.TCP_ULP},
		"IPPROTO_IP IP_MTU":      {fdsock.IPPROTO_IP, fdsock.IP_MTU},
		"IPPROTO_UDP UDP_CORK":   {fdsock.IPPROTO_UDP, fdsock.UDP_CORK},
	} {
		if err := s.SetSockOpt(o[0], o[1], -1); err == nil || !strings.HasPrefix(err.Error(), "setsockopt "+name+": ") {
			t.Errorf("%v, want one of %s", err, name)
		}
	}
}
