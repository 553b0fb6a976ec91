package tlsbridge_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
)

//inventory:row SSLSocket.sendfile
func TestSendFileTLS(t *testing.T) {
	begin(t)
	client, server := open(t, tlsbridge.TLSv1_3)
	_, err := client.SendFile(strings.NewReader("x"), 0)
	wantValueError(t, err, "non-blocking sockets are not supported")
	client.SetTimeout(patience)
	server.SetTimeout(patience)
	_, err = client.SendFile(strings.NewReader("x"), 0, 0)
	wantValueError(t, err, "count must be a positive integer (got 0)")
	_, err = client.SendFile(strings.NewReader("x"), -1)
	wantValueError(t, err, "offset must not be negative")
	_, err = client.SendFile(io.MultiReader(), 1)
	wantValueError(t, err, "underlying stream is not seekable")
	text := strings.Repeat("file", 30000)
	path := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, []byte(text), 0o600))
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	both(t, func() error {
		for _, c := range []struct {
			file        io.Reader
			offset, len int64
			count       []int64
		}{
			{f, 0, int64(len(text)), nil},
			{f, 5, 7, []int64{7}},
			{f, int64(len(text)), 0, nil},
			{io.MultiReader(strings.NewReader("pipe")), 0, 4, nil},
			{io.MultiReader(strings.NewReader("pipe")), 0, 2, []int64{2}},
		} {
			if n, err := client.SendFile(c.file, c.offset, c.count...); n != c.len || err != nil {
				return fmt.Errorf("sent %d, %w", n, err)
			}
			if c.file != f || c.len == 0 {
				continue
			}
			if at, err := f.Seek(0, io.SeekCurrent); at != c.offset+c.len || err != nil {
				return fmt.Errorf("the file is at %d, %w", at, err)
			}
		}
		broken := errors.New("broken file")
		if n, err := client.SendFile(failing{broken}, 0); n != 0 || !errors.Is(err, broken) {
			return fmt.Errorf("sent %d, %w", n, err)
		}
		return nil
	}, func() error {
		want := text + text[5:12] + "pipepi"
		p := make([]byte, len(want))
		if err := recvFull(server, p); err != nil || string(p) != want {
			return fmt.Errorf("not what was sent: %w", err)
		}
		return nil
	})
	plain := client.Drop()
	must(t, plain.Shutdown(fdsock.SHUT_RDWR))
	if n, err := client.SendFile(f, int64(len(text))); n != 0 || err != nil {
		t.Errorf("on the socket underneath: %d, %v", n, err)
	}
}

// TestSendFileTimesOut has the count, the file's position and what the peer
// gets agree when the time is over, and the next Send begin anew.
func TestSendFileTimesOut(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		client, server := open(t, v)
		client.SetTimeout(20 * time.Millisecond)
		file := strings.NewReader(strings.Repeat("0123456789", 1<<20))
		sent, err := client.SendFile(file, 3)
		if !fdsock.TimeoutError(err) || sent == 0 {
			t.Fatal(sent, err)
		}
		if left := int64(file.Len()); left != file.Size()-3-sent {
			t.Errorf("%d bytes are left after %d were sent", left, sent)
		}
		client.SetTimeout(patience)
		server.SetTimeout(patience)
		got := make([]byte, sent)
		both(t, func() error { return client.SendAll([]byte("end")) }, func() error { return recvFull(server, got) })
		for i, b := range got {
			if b != '0'+byte((i+3)%10) {
				t.Fatalf("byte %d is %q", i, b)
			}
		}
		end := make([]byte, 3)
		if err := recvFull(server, end); err != nil || string(end) != "end" {
			t.Errorf("%q, %v", end, err)
		}
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
