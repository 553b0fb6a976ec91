//go:build linux

package fdsock_test

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/leak"
	"github.com/pollux-net/pollux/internal/sys"
)

// TestTruncatedLength asks with MSG_TRUNC how long a datagram is: the count is
// the datagram's, and the bytes are those that there was room for.
func TestTruncatedLength(t *testing.T) {
	a, b := unixDatagrams(t)
	send(t, a, "hello")
	if n, _, err := b.RecvFromInto(make([]byte, 2), fdsock.MSG_TRUNC); n != 5 || err != nil {
		t.Errorf("%d bytes, %v, want 5", n, err)
	}
	send(t, a, "hello")
	if p, _, err := b.RecvFrom(2, fdsock.MSG_TRUNC); string(p) != "he" || err != nil {
		t.Errorf("received %q, %v", p, err)
	}
}

// rights is ancillary data with one descriptor.
func rights(fd int) []fdsock.ControlMessage {
	return []fdsock.ControlMessage{{
		Level: fdsock.SOL_SOCKET, Type: fdsock.SCM_RIGHTS, Data: binary.NativeEndian.AppendUint32(nil, uint32(fd)),
	}}
}

// closeRights closes what a message has brought, and counts it.
func closeRights(t *testing.T, got fdsock.Received) (n int) {
	t.Helper()
	for _, c := range got.Ancillary {
		for p := c.Data; len(p) >= 4; p = p[4:] {
			want(t, unix.Close(int(binary.NativeEndian.Uint32(p))), nil)
			n++
		}
	}
	return n
}

// TestAncillaryDataGoesOnce sends a message in parts: the ancillary data is
// the first's.
func TestAncillaryDataGoesOnce(t *testing.T) {
	leak.Check(t)
	onDefault(t)
	a, b, err := fdsock.SocketPair()
	want(t, err, nil)
	closeAtEnd(t, a)
	closeAtEnd(t, b)
	restore := sys.SetHook(func(c sys.Call) (f sys.Fault) {
		if c.Op == sys.OpSend {
			f.Max = 2
		}
		return f
	})
	n, err := a.SendMsg([][]byte{[]byte("abcdef")}, rights(a.Fileno()), nil)
	restore()
	if n != 6 || err != nil {
		t.Fatalf("sent %d bytes, %v", n, err)
	}
	text, descriptors := "", 0
	for len(text) < 6 {
		p, got, err := b.RecvMsg(8, unix.CmsgSpace(8))
		want(t, err, nil)
		text += string(p)
		descriptors += closeRights(t, got)
	}
	if text != "abcdef" || descriptors != 1 {
		t.Errorf("received %q with %d descriptors", text, descriptors)
	}
}

// TestWaitAllEndsAtAncillaryData has MSG_WAITALL return what came with
// ancillary data, which more data would overwrite.
func TestWaitAllEndsAtAncillaryData(t *testing.T) {
	leak.Check(t)
	onDefault(t)
	a, b, err := fdsock.SocketPair()
	want(t, err, nil)
	closeAtEnd(t, a)
	closeAtEnd(t, b)
	_, err = a.SendMsg([][]byte{[]byte("ab")}, rights(a.Fileno()), nil)
	want(t, err, nil)
	send(t, a, "cd")
	p, got, err := b.RecvMsg(4, unix.CmsgSpace(4), fdsock.MSG_WAITALL)
	want(t, err, nil)
	if n := closeRights(t, got); string(p) != "ab" || n != 1 {
		t.Errorf("received %q with %d descriptors", p, n)
	}
	wantRecv(t, b, "cd")
}
