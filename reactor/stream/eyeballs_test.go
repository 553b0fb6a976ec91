package stream_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

// attempts counts the connections that are begun, and has the first ones hang
// as if their packets were lost.
func attempts(t *testing.T, lost int) *atomic.Int64 {
	t.Helper()
	var begun atomic.Int64
	addr := netip.MustParseAddrPort(hole(t))
	t.Cleanup(sys.SetHook(func(c sys.Call) sys.Fault {
		if c.Op != sys.OpConnect || begun.Add(1) > int64(lost) {
			return sys.Fault{}
		}
		err := unix.Connect(c.FD, &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()})
		if !errors.Is(err, unix.EINPROGRESS) {
			t.Error(err)
		}
		return sys.Fault{Errno: unix.EINPROGRESS}
	}))
	return &begun
}

// named is a client that finds these addresses for every name.
func named(t *testing.T, ips ...string) *stream.Client {
	t.Helper()
	return newClient(t, stream.Config{Resolve: resolving(ips...)})
}

func portOf(s *stream.Server) string {
	_, port, _ := net.SplitHostPort(s.Addr().String())
	return port
}

// TestEyeballsSlow begins the second attempt when the first has not answered
// for a while, and closes the first when the second wins.
func TestEyeballsSlow(t *testing.T) {
	behind, g := group(t, 1), group(t, 1)
	s := serve(t, stream.Config{Group: behind}, func() *handler { return echoing(t) })
	client := newClient(t, stream.Config{Group: g, Resolve: resolving("127.0.0.1", "127.0.0.1")})
	begun := attempts(t, 1)
	start := reactor.Now()
	_, err := client.Dial(t.Context(), "tcp", "name.example:"+portOf(s))
	must(t, err)
	if d := reactor.Now() - start; d < 240e6 || begun.Load() != 2 {
		t.Errorf("connected after %d ns and %d attempts", d, begun.Load())
	}
	if n := g.Loops()[0].Stats().Handles; n != 1 {
		t.Errorf("%d handles are open", n)
	}
}

// TestEyeballsFail begins the next attempt as soon as one has failed, with
// other families in turn, and reports all failures when there are no more.
func TestEyeballsFail(t *testing.T) {
	at := nobody(t)
	_, port, _ := net.SplitHostPort(at)
	client := named(t, "127.0.0.1", "127.0.0.2", "127.0.0.3")
	begun := attempts(t, 0)
	start := reactor.Now()
	_, err := client.Dial(t.Context(), "tcp", "name.example:"+port)
	if !errors.Is(err, sys.ECONNREFUSED) || begun.Load() != 3 {
		t.Error(begun.Load(), err)
	}
	all, ok := err.(interface{ Unwrap() []error })
	if !ok || len(all.Unwrap()) != 3 {
		t.Errorf("%v", err)
	}
	if d := reactor.Now() - start; d > 250e6*2 {
		t.Errorf("took %d ns: it waited between attempts", d)
	}
}

// TestEyeballsFamilies tries the families in turn and only those that network
// and local address allow.
func TestEyeballsFamilies(t *testing.T) {
	ips := []string{"192.0.2.1", "192.0.2.2", "2001:db8::1", "::ffff:192.0.2.3"}
	for _, w := range []struct {
		network, local string
		want           []int
	}{
		{"tcp", "", []int{sys.AF_INET, sys.AF_INET6, sys.AF_INET, sys.AF_INET}},
		{"tcp4", "", []int{sys.AF_INET, sys.AF_INET, sys.AF_INET}},
		{"tcp6", "", []int{sys.AF_INET6}},
		{"tcp", "::1", []int{sys.AF_INET6}},
	} {
		client := named(t, ips...)
		restore := sys.SetHook(func(c sys.Call) sys.Fault {
			if c.Op == sys.OpConnect {
				return sys.Fault{Errno: unix.EHOSTUNREACH}
			}
			return sys.Fault{}
		})
		_, err := client.DialWith(t.Context(), w.network, "name.example:80", stream.DialOptions{Local: w.local})
		restore()
		if errors.Is(err, sys.EAFNOSUPPORT) || errors.Is(err, sys.EADDRNOTAVAIL) {
			t.Skip("no IPv6 here")
		}
		if got := families(t, err); !errors.Is(err, unix.EHOSTUNREACH) || !slices.Equal(got, w.want) {
			t.Errorf("%+v: families %v, %v", w, got, err)
		}
	}
	var e *net.AddrError
	if _, err := named(t, "192.0.2.1").Dial(t.Context(), "tcp6", "name.example:80"); !errors.As(err, &e) {
		t.Error(err)
	}
}

// families lists those of the attempts that err is about.
func families(t *testing.T, err error) (list []int) {
	t.Helper()
	all := []error{err}
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		all = several.Unwrap()
	}
	for _, err := range all {
		var e *stream.Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		list = append(list, sys.Inet(netip.MustParseAddrPort(e.Addr)).Family)
	}
	return list
}

// TestEyeballsMany has no more attempts under way than it should, however many
// addresses there are.
func TestEyeballsMany(t *testing.T) {
	var ips []string
	for range 20 {
		ips = append(ips, "127.0.0.1")
	}
	client := named(t, ips...)
	begun := attempts(t, 20)
	_, err := client.DialWith(t.Context(), "tcp", "name.example:80", stream.DialOptions{Timeout: 2500e6})
	if !errors.Is(err, stream.ErrDialTimeout) || begun.Load() > 8 {
		t.Error(begun.Load(), err)
	}
}

// TestLookUpCanceled does not wait for a resolver that does not answer.
func TestLookUpCanceled(t *testing.T) {
	asked := make(chan string, 1)
	client := newClient(t, stream.Config{Resolve: func(ctx context.Context, network, host string) ([]netip.Addr, error) {
		asked <- network + " " + host
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	r := newRecorder()
	d, err := client.DialAsync("tcp4", "name.example:80", r.options())
	must(t, err)
	if got := take(t, "the look-up", asked); got != "ip4 name.example" {
		t.Error(got)
	}
	d.Cancel()
	if err := take(t, "Close", r.closed); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
