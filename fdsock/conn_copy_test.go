package fdsock_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
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

// TestConnCopiesMessages copies to and from sockets that keep messages apart,
// which no call of the kernel's does.
func TestConnCopiesMessages(t *testing.T) {
	onDefault(t)
	a, b, err := fdsock.SocketPairOf(fdsock.AF_UNIX, fdsock.SOCK_SEQPACKET, 0)
	if err != nil {
		t.Skip("no such sockets: ", err)
	}
	ca, cb := viewOf(t, closeAtEnd(t, a)), viewOf(t, closeAtEnd(t, b))
	n, err := io.Copy(ca, struct{ io.Reader }{strings.NewReader("message")})
	want(t, err, nil)
	want(t, ca.CloseWrite(), nil)
	var got strings.Builder
	m, err := io.Copy(&got, cb)
	want(t, err, nil)
	if n != 7 || m != 7 || got.String() != "message" {
		t.Errorf("copied %d and %d bytes, %q", n, m, got.String())
	}
}

// TestConnWriteBesideReadFrom writes while a copy waits for its source.
func TestConnWriteBesideReadFrom(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		a, b := w.pair(t)
		c := viewOf(t, a)
		for name, open := range map[string]func() (io.ReadCloser, io.WriteCloser){
			"reader": func() (io.ReadCloser, io.WriteCloser) { return io.Pipe() },
			"pipe":   func() (io.ReadCloser, io.WriteCloser) { r, pw, err := os.Pipe(); want(t, err, nil); return r, pw },
		} {
			r, pw := open()
			copying := begin(func() (int, error) { n, err := c.ReadFrom(r); return int(n), err })
			_, err := pw.Write([]byte("a"))
			want(t, err, nil)
			wantRecv(t, b, "a") // the copy waits, or is about to
			writing := begin(func() (int, error) { return c.Write([]byte("b")) })
			want(t, receive(t, writing, "the end of Write, beside a "+name).err, nil)
			wantRecv(t, b, "b")
			want(t, pw.Close(), nil)
			want(t, receive(t, copying, "the end of the copy").err, nil)
			want(t, r.Close(), nil)
		}
	})
}
