package tlsbridge_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/tlsbridge"
)

func tcp(tb testing.TB) *fdsock.Socket {
	tb.Helper()
	s, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	must(tb, err)
	closeAfter(tb, s)
	return s
}

//inventory:row SSLContext.wrap_socket
func TestWrapRefuses(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, 0)
	a, _ := socketpair(t)
	_, err := sctx.Wrap(a, tlsbridge.Options{ServerHostname: serverName})
	wantValueError(t, err, "server_hostname can only be specified in client mode")
	_, err = cctx.Wrap(a, tlsbridge.Options{})
	wantValueError(t, err, "check_hostname requires server_hostname")
	s, err := cctx.Wrap(a, tlsbridge.Options{ServerHostname: serverName})
	must(t, err)
	_, err = sctx.Wrap(a, tlsbridge.Options{})
	wantValueError(t, err, "the socket is wrapped already")
	must(t, s.Close())
	_, err = sctx.Wrap(a, tlsbridge.Options{})
	wantErrors(t, err, sys.EBADF, net.ErrClosed)

	b, _ := socketpair(t)
	b.SetTimeout(0)
	_, err = cctx.Wrap(b, tlsbridge.Options{ServerHostname: serverName, DoHandshakeOnConnect: true})
	wantValueError(t, err, "do_handshake_on_connect should not be specified for non-blocking sockets")
}

// TestWrapListener accepts wrapped children, and is not held up by a peer
// that says nothing.
//
//inventory:row SSLSocket.accept
func TestWrapListener(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, 0)
	l := tcp(t)
	must(t, l.Bind(fdsock.Inet("127.0.0.1", 0)))
	listener, err := sctx.Wrap(l, tlsbridge.Options{DoHandshakeOnConnect: true, KeepRaggedEOFs: true})
	must(t, err)
	closeAfter(t, listener)
	must(t, listener.Listen())
	addr, err := listener.GetSockName()
	must(t, err)

	silent := tcp(t)
	must(t, silent.Connect(addr))
	first, from, err := listener.Accept()
	must(t, err)
	closeAfter(t, first)
	if peer, err := first.GetPeerName(); err != nil || peer.String() != from.String() {
		t.Fatalf("%v, %v, want %v", peer, err, from)
	}

	both(t, func() error {
		client, err := cctx.Wrap(tcp(t), tlsbridge.Options{ServerHostname: serverName, DoHandshakeOnConnect: true})
		if err != nil {
			return err
		}
		if err := client.Connect(addr); err != nil {
			return err
		}
		if client.Version() == "" {
			return errors.New("connected without a handshake")
		}
		defer client.Close()
		if err := errors.Join(client.SendAll([]byte("hello")), client.Shutdown(fdsock.SHUT_WR)); err != nil {
			return err
		}
		_, err = client.Recv(1) // until the end, so that the server's tickets are no reason to reset
		return err
	}, func() error {
		child, _, err := listener.Accept()
		if err != nil {
			return err
		}
		defer child.Close()
		if child.Version() != "" {
			return errors.New("accept has made the handshake")
		}
		p := make([]byte, 5)
		if err := recvFull(child, p); err != nil || string(p) != "hello" {
			return fmt.Errorf("received %q, %w", p, err)
		}
		_, err = child.Recv(1)
		if !tlsbridge.SSLEOFError(err) {
			return fmt.Errorf("the options were not handed down: %w", err)
		}
		return nil
	})
}

//inventory:row SSLSocket.connect
//inventory:row SSLSocket.connect_ex
func TestConnectWrapped(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, 0)
	l := tcp(t)
	must(t, l.Bind(fdsock.Inet("127.0.0.1", 0)))
	must(t, l.Listen())
	addr, err := l.GetSockName()
	must(t, err)

	s, err := cctx.Wrap(tcp(t), tlsbridge.Options{ServerHostname: serverName})
	must(t, err)
	closeAfter(t, s)
	_, err = s.Recv(1)
	wantErrors(t, err, sys.ENOTCONN)
	wantErrors(t, s.DoHandshake(), sys.ENOTCONN)
	wantErrors(t, s.SendAll([]byte("x")), sys.ENOTCONN)

	s.SetTimeout(0)
	errno, err := s.ConnectEx(addr)
	if err != nil || errno != sys.EINPROGRESS && errno != 0 {
		t.Fatal(errno, err)
	}
	b, _, err := l.Accept()
	must(t, err)
	peer, err := sctx.Wrap(b, tlsbridge.Options{})
	must(t, err)
	closeAfter(t, peer)
	both(t, func() error { return handshake(s) }, peer.DoHandshake)
	wantValueError(t, s.Connect(addr), "attempt to connect already-connected SSLSocket!")
	_, err = s.ConnectEx(addr)
	wantValueError(t, err, "attempt to connect already-connected SSLSocket!")

	server, err := sctx.Wrap(tcp(t), tlsbridge.Options{})
	must(t, err)
	closeAfter(t, server)
	wantValueError(t, server.Connect(addr), "can't connect in server-side mode")
}

// TestWrapTooLate wraps a socket whose peer has spoken and gone: what it said
// was not TLS, and must not pass for it.
func TestWrapTooLate(t *testing.T) {
	begin(t)
	_, sctx := contexts(t, 0)
	a, b := tcpPair(t)
	must(t, a.SendAll([]byte("plain")))
	must(t, a.SetSockOptBytes(fdsock.SOL_SOCKET, fdsock.SO_LINGER, []byte{1, 0, 0, 0, 0, 0, 0, 0}))
	must(t, a.Close())
	for deadline := time.Now().Add(patience); ; yield() {
		if _, err := b.GetPeerName(); errors.Is(err, sys.ENOTCONN) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no reset comes")
		}
	}
	_, err := sctx.Wrap(b, tlsbridge.Options{})
	wantErr(t, err, tlsbridge.KindSSL, "Closed before TLS handshake with data in recv buffer.")
}

// TestReadAhead transfers and unwraps with ReadAhead; what follows the
// farewell is not lost.
func TestReadAhead(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		a, b := socketpair(t)
		cctx, sctx := contexts(t, v)
		client, err := cctx.Wrap(a, tlsbridge.Options{ServerHostname: serverName})
		must(t, err)
		server, err := sctx.Wrap(b, tlsbridge.Options{ReadAhead: true})
		must(t, err)
		closeAfter(t, client, server)
		big := bytes.Repeat([]byte("ahead"), 20000)
		both(t, func() error {
			if err := client.SendAll(big); err != nil {
				return err
			}
			if _, err := client.Unwrap(); err != nil {
				return err
			}
			return nil
		}, func() error {
			p := make([]byte, len(big))
			if err := recvFull(server, p); err != nil || !bytes.Equal(p, big) {
				return fmt.Errorf("not what was sent: %w", err)
			}
			if n, err := server.RecvInto(p); n != 0 || err != nil {
				return fmt.Errorf("the end is %d, %w", n, err)
			}
			_, err := server.Unwrap()
			return err
		})
	})
}

// TestReadAheadLeftover has plaintext come in one piece with the farewell.
func TestReadAheadLeftover(t *testing.T) {
	begin(t)
	a, b := socketpair(t)
	_, sctx := contexts(t, tlsbridge.TLSv1_3)
	server, err := sctx.Wrap(b, tlsbridge.Options{ReadAhead: true})
	must(t, err)
	closeAfter(t, server)
	server.SetTimeout(0)
	in, out := new(tlsbridge.MemoryBIO), new(tlsbridge.MemoryBIO)
	cctx, _ := contexts(t, tlsbridge.TLSv1_3)
	client, err := cctx.WrapBIO(in, out, tlsbridge.Options{ServerHostname: serverName})
	must(t, err)
	defer client.Abort()
	a.SetTimeout(0)
	move := func() {
		must(t, a.SendAll(out.Read(-1)))
		_ = server.DoHandshake()
		if p, err := a.Recv(1 << 16); err == nil {
			_, err = in.Write(p)
			must(t, err)
		}
	}
	for client.DoHandshake() != nil {
		move()
	}
	move()
	if err := client.Unwrap(); !tlsbridge.SSLWantReadError(err) {
		t.Fatal(err)
	}
	must(t, a.SendAll(append(out.Read(-1), "plain"...)))
	if r := server.Test(reactor.Input); r&reactor.Readable == 0 {
		t.Fatal("the end is not readable")
	}
	plain, err := server.Unwrap()
	must(t, err)
	if left := server.Leftover(); string(left) != "plain" {
		t.Fatalf("left over: %q", left)
	}
	if left := server.Leftover(); left != nil {
		t.Fatalf("again: %q", left)
	}
	if _, err := plain.Recv(1); !fdsock.BlockingIOError(err) {
		t.Fatal(err)
	}
}

// TestSendQueue has a Send wait for another that does not end.
func TestSendQueue(t *testing.T) {
	begin(t)
	client, server := open(t, tlsbridge.TLSv1_3)
	release := client.HoldSending()
	_, err := client.Send([]byte("x"))
	if !tlsbridge.SSLWantWriteError(err) {
		t.Fatalf("nonblocking: %v", err)
	}
	client.SetTimeout(time.Millisecond)
	_, err = client.Send([]byte("x"))
	wantErrors(t, err, fdsock.ErrTimeout)

	client.SetTimeout(fdsock.NoTimeout)
	sent := make(chan error, 1)
	go func() { sent <- client.SendAll([]byte("x")) }()
	for client.QueuedSends() == 0 {
		yield()
	}
	release()
	must(t, <-sent)
	must(t, recvFull(server, make([]byte, 1)))

	release = client.HoldSending()
	defer release()
	go func() { sent <- client.SendAll([]byte("x")) }()
	for client.QueuedSends() == 0 {
		yield()
	}
	must(t, client.Close())
	wantErrors(t, <-sent, net.ErrClosed, sys.EBADF)
}

// TestDetachTLS takes the descriptor away.
//
//inventory:row SSLSocket.detach
func TestDetachTLS(t *testing.T) {
	begin(t)
	client, _ := open(t, tlsbridge.TLSv1_3)
	fd := client.Detach()
	if fd < 0 || client.Fileno() != -1 || client.Detach() != -1 {
		t.Fatal(fd, client.Fileno())
	}
	must(t, fdsock.CloseFD(fd))
	if _, err := client.Recv(1); !errors.Is(err, net.ErrClosed) {
		t.Fatal(err)
	}
}
