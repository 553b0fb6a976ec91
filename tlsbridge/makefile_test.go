package tlsbridge_test

import (
	"errors"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock/pyio"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestMakefileText talks through files: the same as on plain sockets, in every
// version.
func TestMakefileText(t *testing.T) {
	for _, version := range []tlsbridge.TLSVersion{tlsbridge.TLSv1_2, tlsbridge.TLSv1_3} {
		begin(t)
		client, server := open(t, version)
		client.SetTimeout(patience)
		server.SetTimeout(patience)
		out, err := client.MakefileText("rw", pyio.Newline("\r\n"))
		must(t, err)
		in, err := server.MakefileText("rw")
		must(t, err)
		_, err = out.WriteString("hello\nworld\n")
		must(t, err)
		must(t, out.Flush())
		for _, wanted := range []string{"hello\n", "world\n"} {
			if l, err := in.ReadLine(-1); l != wanted || err != nil {
				t.Errorf("got %q, %v", l, err)
			}
		}
		must(t, errors.Join(client.Close(), server.Close()))
		_, err = in.WriteString("still here\r\n")
		must(t, err)
		must(t, in.Close())
		if server.Fileno() != -1 {
			t.Error("the last file does not close the connection")
		}
		if l, err := out.ReadLine(-1); l != "still here\r\n" || err != nil {
			t.Errorf("got %q, %v", l, err)
		}
		// The peer went without a farewell, which this socket is to report.
		if l, err := out.ReadLine(-1); l != "" || !tlsbridge.SSLEOFError(err) {
			t.Errorf("got %q, %v", l, err)
		}
		must(t, out.Close())
	}
}

// TestMakefileNonblocking: want-read is an error and not Python's None, and
// nothing is lost with it.
func TestMakefileNonblocking(t *testing.T) {
	begin(t)
	client, server := open(t, tlsbridge.TLSv1_3)
	f, err := server.MakefileBinary("r")
	must(t, err)
	if _, err := f.ReadN(3); !tlsbridge.SSLWantReadError(err) || errors.Is(err, pyio.ErrWouldBlock) {
		t.Error("nothing to read is", err)
	}
	must(t, client.SendAll([]byte("ab")))
	p, err := f.ReadN(3)
	if string(p) != "ab" || !tlsbridge.SSLWantReadError(err) {
		t.Errorf("got %q, %v", p, err)
	}
	must(t, client.SendAll([]byte("line\n")))
	if l, err := f.ReadLine(-1); string(l) != "line\n" || err != nil {
		t.Errorf("got %q, %v", l, err)
	}
	server.SetTimeout(time.Nanosecond)
	if _, err := f.ReadN(1); err == nil {
		t.Error("no timeout")
	}
	if _, err := f.ReadN(1); !errors.As(err, new(*pyio.OSError)) {
		t.Error("after a timeout reading gives", err)
	}
	must(t, f.Close())
}
