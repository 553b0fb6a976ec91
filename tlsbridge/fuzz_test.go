package tlsbridge_test

import (
	"bytes"
	"testing"

	"github.com/pollux-net/pollux/tlsbridge"
)

// ends are two SSLObjects and what lies between them.
type ends struct {
	client, server     *tlsbridge.SSLObject
	toClient, toServer *tlsbridge.MemoryBIO // what each reads from
	outC, outS         *tlsbridge.MemoryBIO // what each writes to
}

func newEnds(tb testing.TB, v tlsbridge.TLSVersion) *ends {
	tb.Helper()
	cctx, sctx := contexts(tb, v)
	e := &ends{toClient: new(tlsbridge.MemoryBIO), toServer: new(tlsbridge.MemoryBIO), outC: new(tlsbridge.MemoryBIO), outS: new(tlsbridge.MemoryBIO)}
	var err error
	e.client, err = cctx.WrapBIO(e.toClient, e.outC, tlsbridge.Options{ServerHostname: serverName})
	must(tb, err)
	e.server, err = sctx.WrapBIO(e.toServer, e.outS, tlsbridge.Options{})
	must(tb, err)
	return e
}

func (e *ends) abort() { e.client.Abort(); e.server.Abort() }

// carry moves at most n bytes, all with a negative n.
func carry(from, to *tlsbridge.MemoryBIO, n int) int {
	p := from.Read(n)
	_, _ = to.Write(p)
	return len(p)
}

// mostSteps bounds the work on an input: no call makes progress for ever.
const mostSteps = 10_000

// FuzzSSLObjectBytes feeds arbitrary bytes, in pieces, to a handshake and to an
// open connection: there is an error or a want, and no plaintext.
func FuzzSSLObjectBytes(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.0\r\n\r\n"), byte(1), false)
	f.Add([]byte{22, 3, 1, 0, 8, 1, 0, 0, 4, 1, 2, 3, 4}, byte(3), true)
	f.Add([]byte{23, 3, 3, 0, 20, 1, 2, 3}, byte(200), false)
	f.Add([]byte{21, 3, 3, 0, 2, 1, 0, 22, 3, 3, 0, 0}, byte(7), true)
	f.Fuzz(func(t *testing.T, data []byte, chunk byte, server bool) {
		for _, shaken := range []bool{false, true} {
			e := newEnds(t, tlsbridge.TLSv1_3)
			o, in := e.client, e.toClient
			if server {
				o, in = e.server, e.toServer
			}
			if shaken {
				e.shake(t)
			}
			_ = o.DoHandshake()
			for rest := data; len(rest) > 0; {
				n := min(len(rest), 1+int(chunk))
				_, _ = in.Write(rest[:n])
				rest = rest[n:]
				if p, err := o.Read(100); len(p) > 0 || err == nil && len(data) == 0 {
					t.Fatalf("%q out of nothing", p)
				}
			}
			in.WriteEOF()
			if p, err := o.Read(100); len(p) > 0 || tlsbridge.SSLWantReadError(err) {
				t.Fatalf("%q, %v at the end", p, err)
			}
			e.abort()
		}
	})
}

func (e *ends) shake(tb testing.TB) {
	tb.Helper()
	for range 20 {
		errC := e.client.DoHandshake()
		carry(e.outC, e.toServer, -1)
		errS := e.server.DoHandshake()
		if carry(e.outS, e.toClient, -1) == 0 && errC == nil && errS == nil {
			return
		}
	}
	tb.Fatal("the handshake does not end")
}

// FuzzSSLObjectChunks has a script move bytes in pieces and read and write in
// between; whatever the order, each side receives what the other has sent.
func FuzzSSLObjectChunks(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5}, true)
	f.Add([]byte("an arbitrary script of calls, in any order at all"), false)
	f.Add(bytes.Repeat([]byte{0x0a, 0x51, 0x92, 0xd3, 0xe4, 0xf5}, 20), true)
	f.Fuzz(func(t *testing.T, script []byte, newest bool) {
		v := tlsbridge.TLSv1_2
		if newest {
			v = tlsbridge.TLSv1_3
		}
		e := newEnds(t, v)
		defer e.abort()
		var sent, got [2][]byte // by the sender
		write := func(i int, o *tlsbridge.SSLObject, p []byte) {
			if n, err := o.Write(p); err == nil {
				sent[i] = append(sent[i], p[:n]...)
			} else if !tlsbridge.SSLWantReadError(err) {
				t.Fatal(err)
			}
		}
		read := func(i int, o *tlsbridge.SSLObject, n int) int {
			p, err := o.Read(n)
			if err != nil && !tlsbridge.SSLWantReadError(err) {
				t.Fatal(err)
			}
			got[i] = append(got[i], p...)
			return len(p)
		}
		step := func(what byte) int {
			size := 1 << (what >> 4) // 1 to 32768
			switch what % 6 {
			case 0:
				return carry(e.outC, e.toServer, size)
			case 1:
				return carry(e.outS, e.toClient, size)
			case 2:
				return read(0, e.server, size)
			case 3:
				return read(1, e.client, size)
			case 4:
				write(0, e.client, bytes.Repeat([]byte{what}, size))
			default:
				write(1, e.server, bytes.Repeat([]byte{what}, size))
			}
			return 0
		}
		for _, what := range script[:min(len(script), 200)] {
			step(what)
		}
		for steps, moved := 0, 1; moved > 0; steps++ {
			if moved = 0; steps > mostSteps {
				t.Fatal("no end")
			}
			_, _ = e.client.DoHandshake(), e.server.DoHandshake()
			for what := range byte(4) {
				moved += step(240 + what) // 240 is 0 modulo 6
			}
		}
		for i := range sent {
			if !bytes.Equal(sent[i], got[i]) {
				t.Errorf("direction %d: %d bytes sent, %d received, or they differ", i, len(sent[i]), len(got[i]))
			}
		}
	})
}
