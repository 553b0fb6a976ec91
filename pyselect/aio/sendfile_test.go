package aio_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/pollux-net/pollux/pyselect/aio"
)

// TestSockSendFileEnded has a transfer end before the file does, in each way:
// the file's position is after what the peer gets.
func TestSockSendFileEnded(t *testing.T) {
	const size = 8 << 20 // more than the kernel keeps
	path := filepath.Join(t.TempDir(), "f")
	must(t, os.WriteFile(path, make([]byte, size), 0o600))
	for name, end := range map[string]func(l *aio.Loop, sending *aio.Future[int64]) error{
		"Cancel":       func(_ *aio.Loop, sending *aio.Future[int64]) error { sending.Cancel(); return aio.ErrCancelled },
		"SetException": func(_ *aio.Loop, sending *aio.Future[int64]) error { _ = sending.SetException(errSpam); return errSpam },
		"Close":        func(l *aio.Loop, _ *aio.Future[int64]) error { _ = l.Close(); return aio.ErrClosed },
	} {
		t.Run(name, func(t *testing.T) {
			file, err := os.Open(path)
			must(t, err)
			defer file.Close()
			l := newLoop(t, aio.Config{})
			a, b := pair(t)
			const offset = 1000
			sending := l.SockSendFile(a, file, offset, -1)
			spin(t, l, 20) // by then the kernel takes no more
			want := end(l, sending)
			if _, err := sending.Result(); !errors.Is(err, want) {
				t.Fatal(err)
			}
			at, err := file.Seek(0, io.SeekCurrent)
			must(t, err)
			must(t, a.Close())
			b.SetBlocking(true)
			got := int64(0)
			for {
				p, err := b.Recv(1 << 20)
				must(t, err)
				if len(p) == 0 {
					break
				}
				got += int64(len(p))
			}
			if got == 0 || got >= size-offset || at != offset+got {
				t.Errorf("%d bytes came, and the position is %d", got, at)
			}
		})
	}
}

// TestSockSendFileCancelled from another goroutine, at any moment.
func TestSockSendFileCancelled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	must(t, os.WriteFile(path, make([]byte, 4<<20), 0o600))
	file, err := os.Open(path)
	must(t, err)
	defer file.Close()
	l := newLoop(t, aio.Config{})
	wait := run(l)
	for i := range 20 {
		_, err := file.Seek(0, io.SeekStart)
		must(t, err)
		a, b := pair(t)
		sending := l.SockSendFile(a, file, 0, -1)
		got := int64(0)
		for range i {
			p, err := l.SockRecv(b, 1<<16).Wait(within(t))
			must(t, err)
			got += int64(len(p))
		}
		if !sending.Cancel() {
			t.Fatal("it has ended")
		}
		at, err := file.Seek(0, io.SeekCurrent)
		must(t, err)
		must(t, a.Close())
		for {
			p, err := l.SockRecv(b, 1<<20).Wait(within(t))
			must(t, err)
			if len(p) == 0 {
				break
			}
			got += int64(len(p))
		}
		if at != got {
			t.Errorf("%d bytes came, and the position is %d", got, at)
		}
	}
	l.Stop()
	must(t, wait())
}
