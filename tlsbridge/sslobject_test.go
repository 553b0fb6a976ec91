package tlsbridge_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/pollux-net/pollux/tlsbridge"
)

// objects returns two SSLObjects whose MemoryBIOs are crossed.
func objects(tb testing.TB, version tlsbridge.TLSVersion) (client, server *tlsbridge.SSLObject, toServer, toClient *tlsbridge.MemoryBIO) {
	tb.Helper()
	cctx, sctx := contexts(tb, version)
	toServer, toClient = new(tlsbridge.MemoryBIO), new(tlsbridge.MemoryBIO)
	client, err := cctx.WrapBIO(toClient, toServer, tlsbridge.Options{ServerHostname: serverName})
	must(tb, err)
	server, err = sctx.WrapBIO(toServer, toClient, tlsbridge.Options{})
	must(tb, err)
	tb.Cleanup(func() { client.Abort(); server.Abort() })
	return client, server, toServer, toClient
}

// shakeObjects runs the handshake to its end.
func shakeObjects(tb testing.TB, client, server *tlsbridge.SSLObject) {
	tb.Helper()
	for range 10 {
		errC, errS := client.DoHandshake(), server.DoHandshake()
		if errC == nil && errS == nil {
			return
		}
		for _, err := range []error{errC, errS} {
			if err != nil && !tlsbridge.SSLWantReadError(err) {
				tb.Fatal(err)
			}
		}
	}
	tb.Fatal("the handshake does not end")
}

//inventory:row SSLObject.do_handshake
//inventory:row SSLObject.read
//inventory:row SSLObject.write
//inventory:row SSLObject.pending
func TestSSLObjectTransfers(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		client, server, toServer, _ := objects(t, v)
		if _, err := server.Read(10); !tlsbridge.SSLWantReadError(err) {
			t.Fatalf("read before anything came: %v", err)
		}
		if n, err := client.Write([]byte("early")); n != 0 || !tlsbridge.SSLWantReadError(err) {
			t.Fatalf("write before the handshake: %d, %v", n, err)
		}
		if toServer.Pending() == 0 {
			t.Fatal("no ClientHello")
		}
		shakeObjects(t, client, server)
		if client.Version() != v.String() || server.Version() != v.String() || client.ServerSide() || !server.ServerSide() {
			t.Fatalf("%s and %s", client.Version(), server.Version())
		}
		big := bytes.Repeat([]byte("0123456789"), 10000)
		if n, err := client.Write(big); n != len(big) || err != nil {
			t.Fatal(n, err)
		}
		var got []byte
		for len(got) < len(big) {
			p, err := server.Read(1000)
			must(t, err)
			got = append(got, p...)
			if left := server.Pending(); len(got)%16384 == 1000 && left == 0 {
				t.Fatal("nothing pending in the middle of a record")
			}
		}
		if !bytes.Equal(got, big) {
			t.Fatal("not what was sent")
		}
		if p, err := server.Read(1); len(p) != 0 || !tlsbridge.SSLWantReadError(err) {
			t.Fatalf("%q, %v", p, err)
		}
		if p, err := server.Read(0); len(p) != 0 || err != nil {
			t.Fatalf("%q, %v", p, err)
		}
		if _, err := server.Read(-1); !errors.As(err, new(*tlsbridge.ValueError)) {
			t.Fatal(err)
		}
	})
}

//inventory:row SSLObject.unwrap
func TestSSLObjectUnwrap(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		client, server, toServer, toClient := objects(t, v)
		shakeObjects(t, client, server)
		if err := client.Unwrap(); !tlsbridge.SSLWantReadError(err) {
			t.Fatalf("without the peer's farewell: %v", err)
		}
		_, err := toServer.Write([]byte("plain again"))
		must(t, err)
		if p, err := server.Read(10); len(p) != 0 || err != nil {
			t.Fatalf("the end of the stream is %q, %v", p, err)
		}
		must(t, server.Unwrap())
		must(t, client.Unwrap())
		if p := toServer.Read(-1); string(p) != "plain again" {
			t.Fatalf("behind the farewell: %q", p)
		}
		if toClient.Pending() != 0 {
			t.Fatal("more than the farewell came")
		}
		if _, err := client.Read(1); !tlsbridge.SSLZeroReturnError(err) {
			t.Fatalf("after both farewells: %v", err)
		}
		_, err = server.Write([]byte("x"))
		wantErr(t, err, tlsbridge.KindSSL, "PROTOCOL_IS_SHUTDOWN")
	})
}

// TestSSLObjectEOF ends the input in the handshake, and behind it.
func TestSSLObjectEOF(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		cut, _, _, input := objects(t, v)
		_ = cut.DoHandshake()
		input.WriteEOF()
		wantErr(t, cut.DoHandshake(), tlsbridge.KindEOF, "UNEXPECTED_EOF_WHILE_READING")

		client, server, toServer, _ := objects(t, v)
		shakeObjects(t, client, server)
		_, err := client.Write([]byte("some"))
		must(t, err)
		toServer.WriteEOF()
		if p, err := server.Read(10); string(p) != "some" || err != nil {
			t.Fatalf("%q, %v", p, err)
		}
		_, err = server.Read(10)
		wantErr(t, err, tlsbridge.KindEOF, "UNEXPECTED_EOF_WHILE_READING")
	})
}

// TestSSLObjectAborted uses an object that was given up.
func TestSSLObjectAborted(t *testing.T) {
	begin(t)
	client, _, _, _ := objects(t, tlsbridge.TLSv1_3)
	if err := client.DoHandshake(); !tlsbridge.SSLWantReadError(err) {
		t.Fatal(err)
	}
	client.Abort()
	client.Abort()
	wantErr(t, client.DoHandshake(), tlsbridge.KindSSL, "UNINITIALIZED")
	_, err := client.Read(1)
	wantErr(t, err, tlsbridge.KindSSL, "UNINITIALIZED")
	_, err = client.Write([]byte("x"))
	wantErr(t, err, tlsbridge.KindSSL, "UNINITIALIZED")
}

// TestSSLObjectWriters has goroutines write at once: every record arrives
// whole.
func TestSSLObjectWriters(t *testing.T) {
	begin(t)
	client, server, _, _ := objects(t, tlsbridge.TLSv1_3)
	shakeObjects(t, client, server)
	const writers, each = 8, 50
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for range each {
				if _, err := client.Write(bytes.Repeat([]byte{byte('a' + i)}, 100)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	count := make(map[string]int)
	for range writers * each {
		p, err := server.Read(1 << 15)
		must(t, err)
		count[string(p)]++
	}
	for i := range writers {
		if n := count[string(bytes.Repeat([]byte{byte('a' + i)}, 100))]; n != each {
			t.Fatalf("writer %d: %d records", i, n)
		}
	}
}

//inventory:row MemoryBIO.read
//inventory:row MemoryBIO.write
//inventory:row MemoryBIO.write_eof
//inventory:row MemoryBIO.eof
//inventory:row MemoryBIO.pending
func TestMemoryBIO(t *testing.T) {
	var b tlsbridge.MemoryBIO
	check := func(pending int, eof bool) {
		t.Helper()
		if b.Pending() != pending || b.EOF() != eof {
			t.Fatalf("%d pending, EOF %v", b.Pending(), b.EOF())
		}
	}
	read := func(n int, want string) {
		t.Helper()
		if p := b.Read(n); string(p) != want {
			t.Fatalf("read %q, want %q", p, want)
		}
	}
	check(0, false)
	read(-1, "")
	n, err := b.Write([]byte("foo"))
	if n != 3 || err != nil {
		t.Fatal(n, err)
	}
	_, err = b.Write([]byte("bar"))
	must(t, err)
	check(6, false)
	read(0, "")
	read(2, "fo")
	read(-1, "obar")
	_, err = b.Write(nil)
	must(t, err)
	_, err = b.Write([]byte("end"))
	must(t, err)
	b.WriteEOF()
	b.WriteEOF()
	check(3, false)
	read(100, "end")
	check(0, true)
	read(1, "")
	_, err = b.Write([]byte("x"))
	wantErr(t, err, tlsbridge.KindSSL, "")
	check(0, true)
}

// TestMemoryBIOModel compares with a plain slice.
func TestMemoryBIOModel(t *testing.T) {
	rnd := seeded(t)
	var b tlsbridge.MemoryBIO
	var model []byte
	for i := range 20000 {
		p := bytes.Repeat([]byte{byte(i)}, rnd.IntN(300))
		if rnd.IntN(3) > 0 {
			_, err := b.Write(p)
			must(t, err)
			model = append(model, p...)
		} else {
			got := make([]byte, rnd.IntN(2000))
			n := b.ReadInto(got)
			if want := min(len(got), len(model)); n != want || !bytes.Equal(got[:n], model[:n]) {
				t.Fatalf("step %d: %d bytes of %d", i, n, want)
			}
			model = model[n:]
		}
		if b.Pending() != len(model) {
			t.Fatalf("step %d: %d pending, want %d", i, b.Pending(), len(model))
		}
	}
}

// TestTLSInTLS runs a connection inside another, which is a socket's: the
// inner one's bytes are moved by hand.
//
//inventory:row TLS in TLS
func TestTLSInTLS(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		a, b := socketpair(t)
		cctx, sctx := contexts(t, 0)
		client, server := wrap(t, a, b, cctx, sctx)
		inner := func(ctx *tlsbridge.Context, name string, outer *tlsbridge.Socket, talk func(*inside) error) error {
			in, out := new(tlsbridge.MemoryBIO), new(tlsbridge.MemoryBIO)
			o, err := ctx.WrapBIO(in, out, tlsbridge.Options{ServerHostname: name})
			if err != nil {
				return err
			}
			defer o.Abort()
			return talk(&inside{o, in, out, outer})
		}
		cctx, sctx = contexts(t, v)
		const text = "through both"
		both(t, func() error {
			return inner(cctx, serverName, client, func(c *inside) error {
				return errors.Join(c.do(c.DoHandshake), c.send(text), c.do(c.Unwrap))
			})
		}, func() error {
			return inner(sctx, "", server, func(s *inside) error {
				got, err := s.recv(len(text))
				if err != nil || got != text {
					return fmt.Errorf("received %q, %w", got, err)
				}
				return s.do(s.Unwrap)
			})
		})
	})
}

// inside is an SSLObject whose transport is a TLS socket.
type inside struct {
	*tlsbridge.SSLObject
	in, out *tlsbridge.MemoryBIO
	outer   *tlsbridge.Socket
}

// do makes a call until it has what it wants.
func (i *inside) do(call func() error) error {
	for {
		err := call()
		if out := i.out.Read(-1); len(out) > 0 {
			if e := i.outer.SendAll(out); e != nil {
				return e
			}
		}
		if !tlsbridge.SSLWantReadError(err) {
			return err
		}
		p, err := i.outer.Recv(1 << 14)
		if err != nil {
			return err
		}
		if len(p) == 0 {
			i.in.WriteEOF()
		} else if _, err := i.in.Write(p); err != nil {
			return err
		}
	}
}

func (i *inside) send(text string) error {
	return i.do(func() error { _, err := i.Write([]byte(text)); return err })
}

func (i *inside) recv(n int) (got string, err error) {
	for len(got) < n && err == nil {
		err = i.do(func() error {
			p, err := i.Read(n - len(got))
			got += string(p)
			return err
		})
	}
	return got, err
}

// TestSSLObjectIgnoresEOF ends the incoming bytes without a farewell.
//
//inventory:row OP_IGNORE_UNEXPECTED_EOF
func TestSSLObjectIgnoresEOF(t *testing.T) {
	for _, ignore := range []bool{false, true} {
		cctx, sctx := contexts(t, tlsbridge.TLSv1_3)
		options := sctx.Options() &^ tlsbridge.OP_IGNORE_UNEXPECTED_EOF
		if ignore {
			options |= tlsbridge.OP_IGNORE_UNEXPECTED_EOF
		}
		must(t, sctx.SetOptions(options))
		var toServer, toClient tlsbridge.MemoryBIO
		client, err := cctx.WrapBIO(&toClient, &toServer, tlsbridge.Options{ServerHostname: serverName})
		must(t, err)
		server, err := sctx.WrapBIO(&toServer, &toClient, tlsbridge.Options{})
		must(t, err)
		shakeObjects(t, client, server)
		toServer.WriteEOF()
		for range 2 {
			p, err := server.Read(5)
			if len(p) != 0 || ignore != (err == nil) || !ignore && !tlsbridge.SSLEOFError(err) {
				t.Errorf("ignore %v: %q, %v", ignore, p, err)
			}
		}
		client.Abort()
		server.Abort()
	}
}

// TestSSLObjectEOFInHandshake is an error whatever the option says.
func TestSSLObjectEOFInHandshake(t *testing.T) {
	_, sctx := contexts(t, tlsbridge.TLSv1_3)
	must(t, sctx.SetOptions(sctx.Options()|tlsbridge.OP_IGNORE_UNEXPECTED_EOF))
	var in, out tlsbridge.MemoryBIO
	server, err := sctx.WrapBIO(&in, &out, tlsbridge.Options{})
	must(t, err)
	defer server.Abort()
	in.WriteEOF()
	if _, err := server.Read(5); err == nil {
		t.Error("an end before the handshake is no error")
	}
}
