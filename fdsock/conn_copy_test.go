package fdsock_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/leak"
)

// TestConnCopies sends a file by io.Copy and receives it by io.Copy, on views
// of sockets in every mode, and by way of a relay between views.
func TestConnCopies(t *testing.T) {
	leak.Check(t)
	onDefault(t)
	text := bytes.Repeat([]byte("pollux"), 50000)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, timeout := range []time.Duration{fdsock.NoTimeout, 0, time.Nanosecond} {
		from, relayIn := connPair(t, timeout)
		relayOut, to := connPair(t, timeout)
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		sent := begin(func() (int, error) {
			n, err := io.Copy(from, file)
			if err == nil {
				err = from.CloseWrite()
			}
			return int(n), err
		})
		relayed := begin(func() (int, error) {
			n, err := io.Copy(relayOut, relayIn)
			if err == nil {
				err = relayOut.CloseWrite()
			}
			return int(n), err
		})
		var got bytes.Buffer
		n, err := io.Copy(&got, to)
		if int(n) != len(text) || err != nil || !bytes.Equal(got.Bytes(), text) {
			t.Fatalf("received %d bytes of %d: %v", n, len(text), err)
		}
		for _, c := range []<-chan result{sent, relayed} {
			if r := receive(t, c, "a copy"); r.n != len(text) || r.err != nil {
				t.Fatalf("copied %d bytes: %v", r.n, r.err)
			}
		}
		_ = file.Close()
	}
}

// TestConnCopyDeadline ends a copy that waits by the deadline of the view.
func TestConnCopyDeadline(t *testing.T) {
	leak.Check(t)
	onDefault(t)
	a, _ := connPair(t, fdsock.NoTimeout)
	if err := a.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, a)
	if n != 0 || !os.IsTimeout(err) {
		t.Fatalf("copied %d bytes: %v", n, err)
	}
}

func connPair(t *testing.T, timeout time.Duration) (a, b *fdsock.Conn) {
	t.Helper()
	x, y, err := fdsock.SocketPair()
	want(t, err, nil)
	closeAtEnd(t, x)
	closeAtEnd(t, y)
	x.SetTimeout(timeout)
	y.SetTimeout(timeout)
	a, err = x.Conn()
	want(t, err, nil)
	b, err = y.Conn()
	want(t, err, nil)
	return a, b
}
