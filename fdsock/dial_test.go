package fdsock_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// streets are addresses for CreateConnection on the loopback.
type streets struct{ good, refusing, hole fdsock.AddrInfo }

// lookAround makes a listener, an address where nobody listens, and a black
// hole: a listener whose backlog is full, so that attempts hang. The default
// group must be empty at the end.
func lookAround(t *testing.T) (streets, *fdsock.Socket) {
	t.Helper()
	leak.Check(t)
	onDefault(t)
	info := func(s *fdsock.Socket) fdsock.AddrInfo {
		name, err := s.GetSockName()
		want(t, err, nil)
		return fdsock.AddrInfo{Family: fdsock.AF_INET, Type: fdsock.SOCK_STREAM, Addr: name.(fdsock.InetAddr)}
	}
	listen := func(backlog int) *fdsock.Socket {
		s, err := fdsock.CreateServer("127.0.0.1", 0, fdsock.ServerOptions{Backlog: backlog})
		want(t, err, nil)
		return closeAtEnd(t, s)
	}
	good, hole, refusing := listen(100), listen(-1), listen(1)
	a := streets{info(good), info(refusing), info(hole)}
	closeSocket(t, refusing)
	c, err := fdsock.ConnectAny(t.Context(), []fdsock.AddrInfo{a.hole}, fdsock.DialOptions{})
	want(t, err, nil)
	closeAtEnd(t, c)
	return a, good
}

// wantPeer fails the test unless the socket is connected to the address.
func wantPeer(t *testing.T, s *fdsock.Socket, err error, info fdsock.AddrInfo) {
	t.Helper()
	want(t, err, nil)
	closeAtEnd(t, s)
	if name, err := s.GetPeerName(); err != nil || name.String() != info.Addr.String() {
		t.Errorf("connected to %v (%v), want %v", name, err, info.Addr)
	}
}

// eyes runs a test one address after the other, and with Happy Eyeballs.
func eyes(t *testing.T, test func(t *testing.T, opts fdsock.DialOptions)) {
	t.Helper()
	t.Run("in turn", func(t *testing.T) { test(t, fdsock.DialOptions{}) })
	t.Run("happy eyeballs", func(t *testing.T) { test(t, fdsock.DialOptions{HappyEyeballs: true, AttemptDelay: time.Hour}) })
}

//inventory:row create_connection
func TestCreateConnection(t *testing.T) {
	eyes(t, func(t *testing.T, opts fdsock.DialOptions) {
		a, l := lookAround(t)
		s, err := fdsock.CreateConnection("127.0.0.1", a.good.Addr.Port, opts)
		wantPeer(t, s, err, a.good)
		if d := s.GetTimeout(); d != fdsock.NoTimeout {
			t.Error("timeout", d)
		}
		opts.Timeout, opts.Source = time.Minute, fdsock.Inet("127.0.0.2", 0)
		s, err = fdsock.CreateConnection("localhost", a.good.Addr.Port, opts)
		wantPeer(t, s, err, a.good)
		if d := s.GetTimeout(); d != time.Minute {
			t.Error("the timeout has not stayed:", d)
		}
		for i := range 2 {
			c, from, err := l.Accept()
			want(t, err, nil)
			closeSocket(t, c)
			if host := from.(fdsock.InetAddr).Host(); i == 1 && host != "127.0.0.2" {
				t.Error("the source is", host)
			}
		}
		_, err = fdsock.CreateConnection("no-such-host.invalid", 1, opts)
		wantGAI(t, err)
	})
}

// TestCreateConnectionNext goes on to the next address after a refusal and
// after a timeout.
//
//inventory:row create_connection
func TestCreateConnectionNext(t *testing.T) {
	eyes(t, func(t *testing.T, opts fdsock.DialOptions) {
		a, _ := lookAround(t)
		s, err := fdsock.ConnectAny(t.Context(), []fdsock.AddrInfo{a.refusing, a.refusing, a.good}, opts)
		wantPeer(t, s, err, a.good)
		opts.Timeout = 20 * time.Millisecond
		s, err = fdsock.ConnectAny(t.Context(), []fdsock.AddrInfo{a.hole, a.refusing, a.hole, a.good}, opts)
		wantPeer(t, s, err, a.good)
	})
}

//inventory:row create_connection
func TestCreateConnectionErrors(t *testing.T) {
	eyes(t, func(t *testing.T, opts fdsock.DialOptions) {
		a, _ := lookAround(t)
		opts.Timeout = soon
		infos := []fdsock.AddrInfo{a.refusing, a.hole}
		_, err := fdsock.ConnectAny(t.Context(), infos, opts)
		wantTimeout(t, err) // the last
		if errors.Is(err, sys.ECONNREFUSED) {
			t.Error("all errors:", err)
		}
		opts.AllErrors = true
		_, err = fdsock.ConnectAny(t.Context(), infos, opts)
		if !errors.Is(err, sys.ECONNREFUSED) || !errors.Is(err, fdsock.ErrTimeout) || !strings.HasPrefix(err.Error(), "create_connection failed: ") {
			t.Error("not all errors:", err)
		}
		_, err = fdsock.ConnectAny(t.Context(), nil, opts)
		if text := "create_connection: OSError: getaddrinfo returns an empty list"; err == nil || err.Error() != text {
			t.Errorf("error is %v, want %q", err, text)
		}
		opts.Source = fdsock.Inet("127.0.0.1", 70000)
		_, err = fdsock.ConnectAny(t.Context(), infos, opts)
		var overflow *fdsock.OverflowError
		if !errors.As(err, &overflow) || strings.Contains(err.Error(), "failed") {
			t.Errorf("error is %v, want an OverflowError at once", err)
		}
		opts = fdsock.DialOptions{HappyEyeballs: opts.HappyEyeballs, Source: fdsock.UnixAddr("x")}
		_, err = fdsock.ConnectAny(t.Context(), infos, opts)
		want(t, err, sys.EAFNOSUPPORT)
		failOnce(t, sys.OpSocket, 0, sys.EMFILE)
		_, err = fdsock.ConnectAny(t.Context(), infos[:1], fdsock.DialOptions{HappyEyeballs: opts.HappyEyeballs})
		want(t, err, sys.EMFILE)
		fdsock.SetDefaultTimeout(0)
		defer fdsock.SetDefaultTimeout(fdsock.NoTimeout)
		_, err = fdsock.ConnectAny(t.Context(), infos[1:], fdsock.DialOptions{HappyEyeballs: opts.HappyEyeballs})
		want(t, err, sys.EINPROGRESS) // a nonblocking attempt, as in Python
	})
}

// TestCreateConnectionContext cancels attempts that hang.
func TestCreateConnectionContext(t *testing.T) {
	eyes(t, func(t *testing.T, opts fdsock.DialOptions) {
		a, _ := lookAround(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		dialing := begin(func() (int, error) {
			_, err := fdsock.CreateConnectionContext(ctx, "127.0.0.1", a.hole.Addr.Port, opts)
			return 0, err
		})
		untilInWait(t, 1)
		cancel(errCause)
		err := receive(t, dialing, "the end").err
		if !errors.Is(err, context.Canceled) || !errors.Is(err, errCause) {
			t.Error(err)
		}
	})
}

// TestHappyEyeballs passes by addresses that do not answer.
func TestHappyEyeballs(t *testing.T) {
	a, _ := lookAround(t)
	opts := fdsock.DialOptions{HappyEyeballs: true, AttemptDelay: time.Nanosecond} // 10 ms
	s, err := fdsock.ConnectAny(t.Context(), []fdsock.AddrInfo{a.hole, a.hole, a.good, a.refusing}, opts)
	wantPeer(t, s, err, a.good)
	s, err = fdsock.ConnectAny(t.Context(), []fdsock.AddrInfo{a.hole, a.good}, fdsock.DialOptions{HappyEyeballs: true})
	wantPeer(t, s, err, a.good) // after 250 ms
}

// TestHappyEyeballsFamilies connects to a server of one family only, at a name
// that has both.
func TestHappyEyeballsFamilies(t *testing.T) {
	a, _ := lookAround(t)
	probe, err := fdsock.CreateServer("::1", 0, fdsock.ServerOptions{Family: fdsock.AF_INET6})
	if err != nil {
		t.Skip("no IPv6 loopback: ", err)
	}
	closeSocket(t, probe)
	six := a.good
	six.Family, six.Addr = fdsock.AF_INET6, fdsock.Inet("::1", a.good.Addr.Port)
	s, err := fdsock.ConnectAny(t.Context(), []fdsock.AddrInfo{six, a.good}, fdsock.DialOptions{HappyEyeballs: true})
	wantPeer(t, s, err, a.good)
}

// TestHappyEyeballsBound counts the attempts that are under way at once.
func TestHappyEyeballsBound(t *testing.T) {
	a, _ := lookAround(t)
	var mu sync.Mutex
	open, most, all := map[int]bool{}, 0, 0
	defer sys.SetHook(func(c sys.Call) sys.Fault {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case c.Op == sys.OpConnect && !open[c.FD]:
			open[c.FD] = true
			all++
			most = max(most, len(open))
		case c.Op == sys.OpClose:
			delete(open, c.FD)
		}
		return sys.Fault{}
	})()
	infos := make([]fdsock.AddrInfo, 2*fdsock.MaxAttempts)
	for i := range infos {
		infos[i] = a.hole
	}
	opts := fdsock.DialOptions{HappyEyeballs: true, AttemptDelay: 1, Timeout: 200 * time.Millisecond}
	_, err := fdsock.ConnectAny(t.Context(), infos, opts)
	wantTimeout(t, err)
	if !strings.Contains(err.Error(), a.hole.Addr.String()) {
		t.Error("the timeout names no address:", err)
	}
	mu.Lock()
	defer mu.Unlock()
	if most > fdsock.MaxAttempts || all != len(infos) || len(open) != 0 {
		t.Errorf("%d attempts, %d at once, %d left open", all, most, len(open))
	}
}

func TestInterleave(t *testing.T) {
	list := func(families string) (infos []fdsock.AddrInfo) {
		for i, f := range families {
			infos = append(infos, fdsock.AddrInfo{Family: int(f), Proto: i})
		}
		return infos
	}
	for in, out := range map[string]string{"": "", "6": "6", "66644": "64646", "644": "644", "4466": "4646", "46": "46"} {
		got, last := "", map[int]int{}
		for _, info := range fdsock.Interleave(list(in)) {
			got += string(rune(info.Family))
			if at, seen := last[info.Family]; seen && info.Proto < at {
				t.Errorf("%s: the order within a family has changed", in)
			}
			last[info.Family] = info.Proto
		}
		if got != out {
			t.Errorf("%s becomes %s, want %s", in, got, out)
		}
	}
}

// TestHappyEyeballsClosed has Shutdown close the attempts.
func TestHappyEyeballsClosed(t *testing.T) {
	a, _ := lookAround(t)
	dialing := begin(func() (int, error) {
		_, err := fdsock.ConnectAny(context.Background(), []fdsock.AddrInfo{a.hole}, fdsock.DialOptions{HappyEyeballs: true})
		return 0, err
	})
	untilInWait(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var open *reactor.OpenHandlesError
	if err := fdsock.Shutdown(ctx); !errors.As(err, &open) {
		t.Error(err)
	}
	err := receive(t, dialing, "the end").err
	wantClosed(t, err)
	if !strings.Contains(err.Error(), a.hole.Addr.String()) {
		t.Error(err)
	}
}
