package fdsock_test

import (
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
)

//inventory:row close
func TestCloseEndsCalls(t *testing.T) {
	eachBlocked(t, func(t *testing.T, b blocked) {
		done := begin(b.call)
		untilInWait(t, 1)
		closeSocket(t, b.s)
		wantClosed(t, receive(t, done, "the end of the call").err)
		_, err := b.call()
		wantClosed(t, err)
	})
}

//inventory:row detach
func TestDetachEndsCalls(t *testing.T) {
	eachBlocked(t, func(t *testing.T, b blocked) {
		done := begin(b.call)
		untilInWait(t, 1)
		fd := b.s.Detach()
		if fd < 0 {
			t.Fatal("Detach gave", fd)
		}
		wantClosed(t, receive(t, done, "the end of the call").err)
		if err := unix.Close(fd); err != nil {
			t.Error(err)
		}
	})
}

// TestCloseRaces closes a socket while others begin calls on it: each ends,
// whether it came in time or not.
//
//inventory:row close
func TestCloseRaces(t *testing.T) {
	much := make([]byte, big)
	worlds(t, func(t *testing.T, w *world) {
		for range rounds(10) {
			a, b := w.narrowPair(t)
			var wg sync.WaitGroup
			for _, call := range []func() error{
				func() error { _, err := a.Recv(8); return err },
				func() error { _, err := a.Recv(8, fdsock.MSG_WAITALL); return err },
				func() error { return a.SendAll(much) },
				func() error { _, err := a.GetSockName(); return err },
			} {
				wg.Go(func() {
					for {
						if err := call(); err != nil {
							wantClosed(t, err)
							return
						}
					}
				})
			}
			wg.Go(func() { closeSocket(t, a) })
			wg.Wait()
			closeSocket(t, b)
		}
	})
}

//inventory:row fileno
//inventory:row close
//inventory:row calls on a closed socket
func TestClosedSocket(t *testing.T) {
	listeners(t, func(t *testing.T, w *world) {
		_, addr := w.listener(t)
		s := w.socket(t)
		closeSocket(t, s)
		closeSocket(t, s)
		if fd := s.Fileno(); fd != -1 {
			t.Error("Fileno is", fd)
		}
		if fd := s.Detach(); fd != -1 {
			t.Error("Detach gives", fd)
		}
		for name, call := range map[string]func() error{
			"recv":        func() error { _, err := s.Recv(1); return err },
			"send":        func() error { _, err := s.Send(nil); return err },
			"sendall":     func() error { return s.SendAll(nil) },
			"accept":      func() error { _, _, err := s.Accept(); return err },
			"connect":     func() error { return s.Connect(addr) },
			"bind":        func() error { return s.Bind(addr) },
			"listen":      func() error { return s.Listen() },
			"shutdown":    func() error { return s.Shutdown(fdsock.SHUT_RDWR) },
			"getsockname": func() error { _, err := s.GetSockName(); return err },
			"getpeername": func() error { _, err := s.GetPeerName(); return err },
			"getsockopt":  func() error { _, err := s.GetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_TYPE); return err },
			"setsockopt":  func() error { return s.SetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_KEEPALIVE, 1) },
		} {
			err := call()
			wantClosed(t, err)
			if err != nil && len(err.Error()) < len(name) || err != nil && err.Error()[:len(name)] != name {
				t.Errorf("%s: error is %v", name, err)
			}
		}
		if n, err := s.RecvInto(nil); n != 0 || err != nil {
			t.Error("receiving nothing needs no socket:", n, err)
		}
		errno, err := s.ConnectEx(addr)
		want(t, err, nil)
		if errno != unix.EBADF {
			t.Errorf("ConnectEx gives %d", errno)
		}
	})
}

//inventory:row detach
func TestDetach(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		send(t, b, "x")
		fd := a.Detach()
		defer func() {
			if err := unix.Close(fd); err != nil {
				t.Error(err)
			}
		}()
		if a.Fileno() != -1 {
			t.Error("Fileno is", a.Fileno())
		}
		closeSocket(t, a)
		var p [8]byte
		if n, err := unix.Read(fd, p[:]); n != 1 || err != nil {
			t.Error("the descriptor is not open:", n, err)
		}
		if n, err := unix.Read(fd, p[:]); err != unix.EAGAIN {
			t.Error("the descriptor is not nonblocking:", n, err)
		}
		if _, err := unix.Write(fd, []byte("y")); err != nil {
			t.Error(err)
		}
		wantRecv(t, b, "y")
	})
}
