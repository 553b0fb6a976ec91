package tlsbridge_test

import (
	"crypto/tls"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/tlsbridge"
)

//inventory:row SSLSocket.do_handshake
func TestHandshake(t *testing.T) {
	everywhere(t, func(t *testing.T, on setting, client, server *tlsbridge.Socket) {
		if client.Version() != "" || client.Cipher().Name != "" || client.PeerCertificates() != nil {
			t.Error("a socket knows its session before the handshake")
		}
		both(t, func() error { return handshake(client) }, func() error { return handshake(server) })
		for _, s := range []*tlsbridge.Socket{client, server} {
			must(t, s.DoHandshake()) // once more does nothing
			if s.Version() != on.version.String() || s.Cipher().Name == "" || s.GetTimeout() != on.mode.timeout {
				t.Error(s.Version(), s.Cipher(), s.GetTimeout())
			}
		}
		if c := client.PeerCertificates(); len(c) != 1 || !c[0].Equal(pki().server.Certificate()) {
			t.Errorf("the client has %d certificates of the server", len(c))
		}
		if c := server.PeerCertificates(); len(c) != 0 {
			t.Errorf("the server has %d certificates of the client", len(c))
		}
	})
}

// TestHandshakeByTransfer leaves the handshake to the first transfers, of
// which there are two at a time on each side: whichever receives the last
// flight, the other goes on too. On nonblocking sockets nobody could tell the
// other, which selects for input because it was told to.
//
//inventory:row SSLSocket.do_handshake
func TestHandshakeByTransfer(t *testing.T) {
	everywhere(t, func(t *testing.T, on setting, client, server *tlsbridge.Socket) {
		if on.mode.timeout == 0 {
			both(t, func() error { return send(client, []byte("hello")) }, func() error { return recvFull(server, make([]byte, 5)) })
			return
		}
		errs := make(chan error)
		for _, s := range []*tlsbridge.Socket{client, server} {
			go func() { errs <- send(s, []byte("hello")) }()
			go func() { errs <- recvFull(s, make([]byte, 5)) }()
		}
		for range 4 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	})
}

//inventory:row SSLSocket.do_handshake
func TestHandshakeByByte(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for _, m := range modes {
			cctx, sctx := contexts(t, v)
			a, b := relay(t, 1)
			client, server := wrap(t, a, b, cctx, sctx)
			client.SetTimeout(m.timeout)
			server.SetTimeout(m.timeout)
			both(t, func() error { return handshake(client) }, func() error { return handshake(server) })
			both(t, func() error { return send(client, []byte("hello")) },
				func() error { return recvFull(server, make([]byte, 5)) })
		}
	})
}

// TestHandshakeSteps sees every step of a nonblocking handshake: it waits for
// input until the peer has answered, and for nothing else.
//
//inventory:row SSLWantReadError
func TestHandshakeSteps(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for _, serverUnderTest := range []bool{false, true} {
			s, p := newPuppet(t, v, serverUnderTest)
			waits := 0
			for {
				err := s.DoHandshake()
				if err == nil {
					break
				}
				wantErr(t, err, tlsbridge.KindWantRead, "")
				waits++
				must(t, p.take())
				for p.give(1) > 0 {
					if err := s.DoHandshake(); err != nil {
						wantErr(t, err, tlsbridge.KindWantRead, "")
					}
				}
			}
			if waits == 0 {
				t.Error("the handshake has never waited")
			}
		}
	})
}

// TestHandshakeEndsWithLastFlight has a client's last flight find no room: the
// handshake is not over before it is out, for the server would wait for ever.
func TestHandshakeEndsWithLastFlight(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		cctx, sctx := contexts(t, v)
		client, server := unblocked(t, cctx, sctx)
		fd, full := client.Fileno(), new(atomic.Bool)
		defer sys.SetHook(func(c sys.Call) (f sys.Fault) {
			if full.Load() && c.Op == sys.OpSend && c.FD == fd {
				f.Errno = sys.EAGAIN
			}
			return f
		})()
		wantErr(t, client.DoHandshake(), tlsbridge.KindWantRead, "")
		full.Store(true)
		for range 4 { // what of the server's comes, the client cannot answer
			if err := server.DoHandshake(); err != nil {
				wantErr(t, err, tlsbridge.KindWantRead, "")
			}
			if err := client.DoHandshake(); tlsbridge.SSLWantWriteError(err) {
				full.Store(false)
				must(t, shake(client, server))
				return
			} else if err == nil {
				t.Fatal("the handshake is over, and its last flight is here")
			}
		}
		t.Error("the client has never wanted to write")
	})
}

func TestALPN(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for _, c := range []struct {
			client, server []string
			want           string
		}{
			{[]string{"h2", "http/1.1"}, []string{"http/1.1"}, "http/1.1"},
			{[]string{"h2"}, nil, ""},
			{nil, []string{"h2"}, ""},
		} {
			cctx, sctx := contexts(t, v)
			must(t, cctx.SetALPNProtocols(c.client...))
			must(t, sctx.SetALPNProtocols(c.server...))
			client, server := unblocked(t, cctx, sctx)
			must(t, shake(client, server))
			if client.SelectedALPNProtocol() != c.want || server.SelectedALPNProtocol() != c.want {
				t.Errorf("%v and %v: %q, %q", c.client, c.server, client.SelectedALPNProtocol(), server.SelectedALPNProtocol())
			}
		}
	})
}

//inventory:row SSLSocket.version
func TestNames(t *testing.T) {
	for v, want := range map[tlsbridge.TLSVersion]string{
		tlsbridge.TLSv1_2: "TLSv1.2", tlsbridge.TLSv1_3: "TLSv1.3", tls.VersionTLS10: "TLSv1",
	} {
		if v.String() != want {
			t.Errorf("%q, want %q", v.String(), want)
		}
	}
	begin(t)
	client, _ := open(t, tlsbridge.TLSv1_3)
	if !slices.Contains([]string{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}, client.Cipher().Name) {
		t.Error(client.Cipher())
	}
	if client.Context() == nil || client.Socket().Fileno() != client.Fileno() {
		t.Error("the socket does not know what it was made of")
	}
	if _, err := client.Socket().GetSockOpt(fdsock.SOL_SOCKET, fdsock.SO_TYPE); err != nil {
		t.Error(err)
	}
}
