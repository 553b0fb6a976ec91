package fdsock_test

import (
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/fdsock/pyio"
)

// TestMakefileCloseOrder closes a socket and two of its files in every order:
// the descriptor goes with the last.
//
//inventory:row makefile
func TestMakefileCloseOrder(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for _, order := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			a, b := w.pair(t)
			r, err := a.MakefileText("r")
			want(t, err, nil)
			f, err := a.MakefileBinary("w")
			want(t, err, nil)
			closers := [3]interface{ Close() error }{a, r, f}
			for i, which := range order {
				if a.Fileno() < 0 {
					t.Fatalf("%v: closed after %d", order, i)
				}
				want(t, closers[which].Close(), nil)
				want(t, closers[which].Close(), nil)
			}
			if a.Fileno() != -1 {
				t.Errorf("%v: still open", order)
			}
			if p, err := b.Recv(1); len(p) != 0 || err != nil {
				t.Errorf("%v: the peer got %q, %v", order, p, err)
			}
			closeSocket(t, b)
		}
	})
}

// TestMakefileAfterClose: the socket's own calls go on while a file is open,
// as in Python.
func TestMakefileAfterClose(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		f, err := a.MakefileBinary("r")
		want(t, err, nil)
		closeSocket(t, a)
		want(t, b.SendAll([]byte("hello")), nil)
		p, err := a.Recv(2)
		want(t, err, nil)
		q, err := f.ReadN(3)
		want(t, err, nil)
		if string(p)+string(q) != "hello" {
			t.Errorf("got %q and %q", p, q)
		}
		g, err := a.MakefileBinary("r")
		want(t, err, nil)
		want(t, f.Close(), nil)
		if fd, err := g.Fileno(); fd < 0 || err != nil {
			t.Error("a file made later does not count:", fd, err)
		}
		want(t, g.Close(), nil)
		wantClosed(t, a.SendAll([]byte("x")))
		late, err := a.Makefile("rb")
		want(t, err, nil)
		_, err = late.Read(make([]byte, 1))
		wantClosed(t, err)
		want(t, late.Close(), nil)
	})
}

// TestMakefileDup: a duplicate has its own files.
func TestMakefileDup(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		d, err := a.Dup()
		want(t, err, nil)
		f, err := d.MakefileBinary("w")
		want(t, err, nil)
		closeSocket(t, d)
		closeSocket(t, a)
		if _, err := f.WriteString("still here"); err != nil {
			t.Error(err)
		}
		want(t, f.Close(), nil)
		p, err := b.Recv(100, fdsock.MSG_WAITALL)
		if string(p) != "still here" || err != nil {
			t.Errorf("got %q, %v", p, err)
		}
	})
}

// TestMakefileRefused: what makefile refuses does not count as a file.
func TestMakefileRefused(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, _ := w.pair(t)
		for mode, opts := range map[string][]pyio.Option{
			"x": nil, "r": {pyio.Buffering(0)}, "w": {pyio.Encoding("nope")}, "rw": {pyio.Newline("x")}, "": {pyio.Errors("nope")},
		} {
			if f, err := a.Makefile(mode, opts...); err == nil || f != nil {
				t.Errorf("mode %q gives %v, %v", mode, f, err)
			}
		}
		if _, err := a.MakefileText("rb"); err == nil {
			t.Error("bytes are text")
		}
		closeSocket(t, a)
		if a.Fileno() != -1 {
			t.Error("still open")
		}
	})
}

func TestMakefileDetached(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		text, err := a.MakefileText("r")
		want(t, err, nil)
		want(t, b.SendAll([]byte("one\ntwo\n")), nil)
		buffer, err := text.Detach()
		want(t, err, nil)
		if _, err := text.ReadLine(-1); err == nil || err.Error() != "underlying buffer has been detached" {
			t.Error(err)
		}
		if l, err := buffer.ReadLine(-1); string(l) != "one\n" || err != nil {
			t.Errorf("got %q, %v", l, err)
		}
		raw, err := buffer.Detach()
		want(t, err, nil)
		if err := buffer.Close(); err == nil || err.Error() != "raw stream has been detached" {
			t.Error(err)
		}
		closeSocket(t, a)
		want(t, raw.Close(), nil)
		if a.Fileno() != -1 {
			t.Error("still open")
		}
	})
}

// TestMakefileShutdownEndsRead: Close waits for a read, so shutdown ends it.
func TestMakefileShutdownEndsRead(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, _ := w.pair(t)
		f, err := a.MakefileText("rw")
		want(t, err, nil)
		done := begin(func() (int, error) { l, err := f.ReadLine(-1); return len(l), err })
		if _, err := f.WriteString("while another reads\n"); err != nil {
			t.Error(err)
		}
		want(t, f.Flush(), nil)
		want(t, a.Shutdown(fdsock.SHUT_RDWR), nil)
		if got := receive(t, done, "the end of the read"); got.n != 0 || got.err != nil {
			t.Error(got)
		}
		want(t, f.Close(), nil)
	})
}

// TestMakefileGoroutines: lines that several goroutines write come whole, and
// each goes to one of those who read.
func TestMakefileGoroutines(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		const writers, each = 4, 200
		a, b := w.pair(t)
		out, err := a.MakefileText("w")
		want(t, err, nil)
		in, err := b.MakefileText("r")
		want(t, err, nil)
		var wg, readers sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range each {
					if _, err := out.WriteString("the quick brown fox\n"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		var mu sync.Mutex
		total := 0
		for range 2 {
			readers.Go(func() {
				for l, err := range in.Lines() {
					if err != nil || l != "the quick brown fox\n" {
						t.Errorf("got %q, %v", l, err)
					}
					mu.Lock()
					total++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		want(t, out.Close(), nil)
		want(t, a.Shutdown(fdsock.SHUT_WR), nil)
		readers.Wait()
		if total != writers*each {
			t.Errorf("%d lines", total)
		}
		want(t, in.Close(), nil)
	})
}

func TestMakefileAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		in, err := b.MakefileBinary("rw")
		want(t, err, nil)
		text, err := a.MakefileText("rw")
		want(t, err, nil)
		msg, buf := []byte("0123456789abcdef\n"), make([]byte, 64)
		wantNoAllocs(t, func() {
			if _, err := in.Write(msg); err != nil {
				t.Fatal(err)
			}
			if err := in.Flush(); err != nil {
				t.Fatal(err)
			}
			if n, err := text.Read(buf); n != len(msg) || err != nil {
				t.Fatal(n, err)
			}
			if err := a.SendAll(msg); err != nil {
				t.Fatal(err)
			}
			if n, err := in.ReadInto1(buf); n != len(msg) || err != nil {
				t.Fatal(n, err)
			}
			if err := a.SendAll(msg); err != nil {
				t.Fatal(err)
			}
			if n, err := in.Read(buf[:5]); n != 5 || err != nil {
				t.Fatal(n, err)
			}
			if n, err := in.ReadInto(buf[:len(msg)-5]); n != len(msg)-5 || err != nil {
				t.Fatal(n, err)
			}
		})
		want(t, errors.Join(in.Close(), text.Close()), nil)
	})
}

func TestMakefileWouldBlockIsBlockingIOError(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, _ := w.pair(t)
		a.SetTimeout(0)
		f, err := a.MakefileText("r")
		want(t, err, nil)
		_, err = f.ReadLine(-1)
		if !errors.Is(err, pyio.ErrWouldBlock) || !fdsock.BlockingIOError(err) {
			t.Error("error is", err)
		}
		var timeout net.Error
		if !errors.As(err, &timeout) || timeout.Timeout() {
			t.Error("error is", err)
		}
		want(t, f.Close(), nil)
	})
}
