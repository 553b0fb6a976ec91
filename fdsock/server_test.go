package fdsock_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
)

// serverOn makes a server and returns its port.
func serverOn(t *testing.T, host string, port int, opts fdsock.ServerOptions) (*fdsock.Socket, int) {
	t.Helper()
	s, err := fdsock.CreateServer(host, port, opts)
	want(t, err, nil)
	closeAtEnd(t, s)
	name, err := s.GetSockName()
	want(t, err, nil)
	return s, name.(fdsock.InetAddr).Port
}

//inventory:row create_server
func TestCreateServer(t *testing.T) {
	leak.Check(t)
	onDefault(t)
	s, port := serverOn(t, "127.0.0.1", 0, fdsock.ServerOptions{})
	if v, err := s.GetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_REUSEADDR); v == 0 || err != nil {
		t.Error("SO_REUSEADDR:", v, err)
	}
	c, err := fdsock.CreateConnection("127.0.0.1", port, fdsock.DialOptions{})
	want(t, err, nil)
	closeAtEnd(t, c)
	_, err = fdsock.CreateServer("127.0.0.1", port, fdsock.ServerOptions{})
	want(t, err, sys.EADDRINUSE)
	where := fmt.Sprintf("address already in use (while attempting to bind on address ('127.0.0.1', %d))", port)
	if !strings.HasSuffix(err.Error(), where) {
		t.Errorf("error is %q, want …%q", err, where)
	}
	_, err = fdsock.CreateServer("no-such-host.invalid", 1, fdsock.ServerOptions{})
	var gai *fdsock.GAIError
	if !errors.As(err, &gai) || !strings.HasSuffix(err.Error(), "(while attempting to bind on address ('no-such-host.invalid', 1))") {
		t.Error(err)
	}
	var overflow *fdsock.OverflowError
	if _, err = fdsock.CreateServer("127.0.0.1", 70000, fdsock.ServerOptions{}); !errors.As(err, &overflow) {
		t.Error(err)
	}
}

//inventory:row create_server
func TestCreateServerReusePort(t *testing.T) {
	onDefault(t)
	_, port := serverOn(t, "127.0.0.1", 0, fdsock.ServerOptions{ReusePort: true})
	serverOn(t, "127.0.0.1", port, fdsock.ServerOptions{ReusePort: true})
}

// TestCreateServerFaults has the kernel refuse each step: the socket is closed.
//
//inventory:row create_server
func TestCreateServerFaults(t *testing.T) {
	leak.Check(t)
	needIPv6(t)
	opts := fdsock.ServerOptions{Family: fdsock.AF_INET6, ReusePort: true}
	for _, c := range []struct {
		op   sys.Op
		skip int
	}{{sys.OpSocket, 0}, {sys.OpSetsockopt, 1}, {sys.OpSetsockopt, 2}, {sys.OpBind, 0}, {sys.OpListen, 0}} {
		failOnce(t, c.op, c.skip, sys.ENOBUFS)
		_, err := fdsock.CreateServer("::1", 0, opts)
		want(t, err, sys.ENOBUFS)
	}
	failOnce(t, sys.OpSetsockopt, 0, sys.ENOBUFS) // SO_REUSEADDR is a wish
	serverOn(t, "::1", 0, opts)
}

//inventory:row create_server
//inventory:row has_dualstack_ipv6
func TestCreateServerDualStack(t *testing.T) {
	needIPv6(t)
	if !fdsock.HasDualStackIPv6() {
		t.Skip("the kernel has no dual stack")
	}
	for _, dual := range []bool{true, false} {
		s, port := serverOn(t, "::", 0, fdsock.ServerOptions{Family: fdsock.AF_INET6, DualStack: dual})
		c, err := fdsock.CreateConnection("127.0.0.1", port, fdsock.DialOptions{})
		if !dual {
			want(t, err, sys.ECONNREFUSED)
			continue
		}
		want(t, err, nil)
		closeAtEnd(t, c)
		b, from, err := s.Accept()
		want(t, err, nil)
		closeSocket(t, b)
		if host := from.(fdsock.InetAddr).Host(); host != "::ffff:127.0.0.1" {
			t.Error("accepted from", host)
		}
	}
}

//inventory:row create_server
//inventory:row has_dualstack_ipv6
func TestCreateServerValueErrors(t *testing.T) {
	needIPv6(t)
	wantText := func(opts fdsock.ServerOptions, text string) {
		t.Helper()
		_, err := fdsock.CreateServer("", 0, opts)
		var value *fdsock.ValueError
		if !errors.As(err, &value) || err.Error() != text {
			t.Errorf("error is %v, want %q", err, text)
		}
	}
	wantText(fdsock.ServerOptions{DualStack: true}, "dualstack_ipv6 requires AF_INET6 family")
	failOnce(t, sys.OpSetsockopt, 0, sys.EINVAL)
	if fdsock.HasDualStackIPv6() {
		t.Error("dual stack without IPV6_V6ONLY")
	}
	failOnce(t, sys.OpSocket, 0, sys.EAFNOSUPPORT)
	wantText(fdsock.ServerOptions{DualStack: true}, "dualstack_ipv6 not supported on this platform")
}
