package tlsbridge_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
)

// Why a method of fdsock.Socket is not one of a TLS socket.
const (
	refused   = "CPython's SSLSocket raises ValueError or NotImplementedError: there are no addresses and no messages in a stream"
	datagrams = "it is about datagrams"
	bare      = "it gives the bare descriptor away, and what is sent there breaks TLS; Socket() has it for who knows better"
	kernel    = "it is for copies that the kernel makes, which cannot encrypt: io.Copy on Conn()"
)

// absent are the methods of fdsock.Socket that a TLS socket lacks on purpose.
// Others have been forgotten.
var absent = map[string]string{
	"RecvFrom": refused, "RecvFromInto": refused, "RecvFromContext": refused, "RecvFromIntoContext": refused,
	"RecvFromAddrPort": refused, "RecvMsg": refused, "RecvMsgInto": refused, "RecvMsgAddrPort": refused,
	"SendTo": refused, "SendToContext": refused, "SendToAddrPort": refused, "SendMsg": refused, "SendMsgAddrPort": refused,

	"PacketConn": datagrams, "JoinGroup": datagrams, "LeaveGroup": datagrams, "BlockSource": datagrams,
	"UnblockSource": datagrams, "SetMulticastInterface": datagrams, "SetMulticastLoop": datagrams,
	"SetMulticastTTL": datagrams,

	"SyscallConn": bare,
	"TryRecvPart": "it takes part of what the kernel has, so that a record can be taken exactly",
	"ReadFrom":    kernel, "WriteTo": kernel,
}

// TestFace compares the methods of a TLS socket with those of a socket: the
// same names, and for each the same arguments and results.
func TestFace(t *testing.T) {
	compareFaces(t, reflect.TypeFor[*fdsock.Socket](), reflect.TypeFor[*tlsbridge.Socket](), absent)
}

// TestFaceOfViews compares the views.
func TestFaceOfViews(t *testing.T) {
	const packets = "a TLS connection closes its directions by close_notify, and its peer's not at all"
	compareFaces(t, reflect.TypeFor[*fdsock.Conn](), reflect.TypeFor[*tlsbridge.Conn](), map[string]string{
		"SyscallConn": bare, "ReadFrom": kernel, "WriteTo": kernel, "Resume": bare, "CloseRead": packets,
	})
	compareFaces(t, reflect.TypeFor[*fdsock.Listener](), reflect.TypeFor[*tlsbridge.Listener](), map[string]string{
		"SyscallConn": bare, "Resume": bare,
	})
}

func compareFaces(t *testing.T, plain, tls reflect.Type, absent map[string]string) {
	t.Helper()
	for i := range plain.NumMethod() {
		want := plain.Method(i)
		got, ok := tls.MethodByName(want.Name)
		switch why := absent[want.Name]; {
		case !ok && why == "":
			t.Errorf("%v has no %s: add it, or say here why not", tls, want.Name)
		case ok && why != "":
			t.Errorf("%v has %s, which is said to be absent: %s", tls, want.Name, why)
		case ok:
			compareSignatures(t, want, got)
		}
	}
	for name := range absent {
		if _, ok := plain.MethodByName(name); !ok {
			t.Errorf("%v has no %s any more", plain, name)
		}
	}
}

// compareSignatures fails the test unless two methods take and return the same,
// each its own kind of socket and call.
func compareSignatures(t *testing.T, plain, tls reflect.Method) {
	t.Helper()
	own := map[reflect.Type]reflect.Type{
		reflect.TypeFor[*fdsock.Socket](): reflect.TypeFor[*tlsbridge.Socket](),
		reflect.TypeFor[*fdsock.Conn]():   reflect.TypeFor[*tlsbridge.Conn](),
		reflect.TypeFor[*fdsock.Call]():   reflect.TypeFor[*tlsbridge.Call](),

		reflect.TypeFor[*fdsock.Listener](): reflect.TypeFor[*tlsbridge.Listener](),
	}
	same := plain.Type.NumIn() == tls.Type.NumIn() && plain.Type.NumOut() == tls.Type.NumOut() && plain.Type.IsVariadic() == tls.Type.IsVariadic()
	for i := 1; same && i < plain.Type.NumIn(); i++ {
		same = plain.Type.In(i) == tls.Type.In(i)
	}
	for i := 0; same && i < plain.Type.NumOut(); i++ {
		p, q := plain.Type.Out(i), tls.Type.Out(i)
		same = p == q || own[p] == q
	}
	if !same {
		t.Errorf("%s is %v, of a plain socket %v", tls.Name, tls.Type, plain.Type)
	}
}

// TestDup is CPython's: NotImplementedError.
func TestDup(t *testing.T) {
	begin(t)
	client, _ := open(t, tlsbridge.TLSv1_3)
	s, err := client.Dup()
	var e *tlsbridge.NotImplementedError
	if s != nil || !errors.As(err, &e) || !errors.Is(err, errors.ErrUnsupported) {
		t.Error(s, err)
	}
}

// TestFlags are refused while there is TLS, and passed on after that.
func TestFlags(t *testing.T) {
	begin(t)
	client, server := open(t, tlsbridge.TLSv1_3)
	for name, call := range map[string]func() error{
		"recv_into": func() error { _, err := client.Recv(1, fdsock.MSG_PEEK); return err },
		"send":      func() error { _, err := client.Send([]byte("x"), fdsock.MSG_PEEK); return err },
		"sendall":   func() error { return client.SendAll([]byte("x"), fdsock.MSG_PEEK) },
	} {
		wantValueError(t, call(), "non-zero flags not allowed in calls to "+name+"() on a TLS socket")
	}
	for name, call := range map[string]func() error{
		"recv_into": func() error { _, err := client.RecvContext(t.Context(), 1, fdsock.MSG_PEEK); return err },
		"send":      func() error { _, err := client.TrySend([]byte("x"), fdsock.MSG_PEEK); return err },
		"sendall":   func() error { _, err := client.SendAllContext(t.Context(), []byte("x"), fdsock.MSG_PEEK); return err },
	} {
		wantValueError(t, call(), "non-zero flags not allowed in calls to "+name+"() on a TLS socket")
	}
	if _, err := client.Recv(1, 0); !tlsbridge.SSLWantReadError(err) {
		t.Error(err)
	}
	must(t, server.Drop().SendAll([]byte("ab")))
	client.Drop()
	for _, flags := range []int{fdsock.MSG_PEEK, 0} {
		if p, err := client.Recv(2, flags); string(p) != "ab" || err != nil {
			t.Errorf("%q, %v", p, err)
		}
	}
}

// TestTry never waits, on a socket that may.
func TestTry(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		client, server := open(t, v)
		client.SetTimeout(fdsock.NoTimeout)
		buf := make([]byte, 8)
		if _, err := client.TryRecv(buf); !tlsbridge.SSLWantReadError(err) {
			t.Error(err)
		}
		must(t, send(server, []byte("data")))
		if n, err := client.TryRecv(buf); n != 4 || err != nil {
			t.Error(n, err)
		}
		big := make([]byte, 8<<20)
		if _, err := client.TrySend(big); !tlsbridge.SSLWantWriteError(err) {
			t.Error(err)
		}
		release := client.HoldSending()
		if _, err := client.TrySend(big); !tlsbridge.SSLWantWriteError(err) {
			t.Error(err)
		}
		release()
		server.SetTimeout(patience)
		both(t, func() error { return client.SendAll(big) }, func() error { return recvFull(server, make([]byte, len(big))) })
		server.Drop()
		plain := client.Drop()
		if _, err := client.TryRecv(buf); !fdsock.BlockingIOError(err) {
			t.Error(err)
		}
		if n, err := client.TrySend(big); n == 0 || n == len(big) || err != nil {
			t.Error(n, err)
		}
		must(t, plain.Close())
	})
}
