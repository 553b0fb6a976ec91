package tlsbridge_test

import (
	"testing"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
)

// memoryPair makes a client and a server with a MemoryBIO for each direction:
// toServer is the client's outgoing one.
func memoryPair(t *testing.T, cctx, sctx *tlsbridge.Context) (client, server *tlsbridge.SSLObject, toServer, toClient *tlsbridge.MemoryBIO) {
	t.Helper()
	toServer, toClient = new(tlsbridge.MemoryBIO), new(tlsbridge.MemoryBIO)
	client, err := cctx.WrapBIO(toClient, toServer, tlsbridge.Options{ServerHostname: serverName})
	must(t, err)
	server, err = sctx.WrapBIO(toServer, toClient, tlsbridge.Options{Side: tlsbridge.ServerSide})
	must(t, err)
	t.Cleanup(client.Abort)
	t.Cleanup(server.Abort)
	return client, server, toServer, toClient
}

// TestCloseNotifyInHandshake has a peer end TLS in good order before there is
// any: SSLZeroReturnError, and not an end of a stream that never began.
func TestCloseNotifyInHandshake(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, 0)
	closeNotify := []byte{21, 3, 3, 0, 2, 1, 0}
	for name, call := range map[string]func(o *tlsbridge.SSLObject) error{
		"do_handshake": (*tlsbridge.SSLObject).DoHandshake,
		"read":         func(o *tlsbridge.SSLObject) error { _, err := o.Read(1); return err },
	} {
		client, _, _, toClient := memoryPair(t, cctx, sctx)
		_, err := toClient.Write(closeNotify)
		must(t, err)
		if err := call(client); !tlsbridge.SSLZeroReturnError(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPlaintextInConnection tells a client that never spoke TLS from one that
// has stopped to.
func TestPlaintextInConnection(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, 0)
	_, server, toServer, _ := memoryPair(t, cctx, sctx)
	_, err := toServer.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
	must(t, err)
	wantErr(t, server.DoHandshake(), tlsbridge.KindSSL, "HTTP_REQUEST")

	client, server, toServer, _ := memoryPair(t, cctx, sctx)
	for range 4 {
		for _, side := range []*tlsbridge.SSLObject{client, server} {
			if err := side.DoHandshake(); err != nil && !tlsbridge.SSLWantReadError(err) {
				t.Fatal(err)
			}
		}
	}
	_, err = toServer.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
	must(t, err)
	_, err = server.Read(1)
	wantErr(t, err, tlsbridge.KindSSL, "WRONG_VERSION_NUMBER")
}

// TestRefusedClientIsRead leaves nothing of a refused client's flight in the
// kernel: closing the socket would be a reset, and the alert might be lost.
func TestRefusedClientIsRead(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, tlsbridge.TLSv1_3)
	must(t, sctx.SetVerifyMode(tlsbridge.CERT_REQUIRED))
	client, server := unblocked(t, cctx, sctx)
	for range 2 {
		if err := client.DoHandshake(); err != nil && !tlsbridge.SSLWantReadError(err) {
			t.Fatal(err)
		}
		if err := server.DoHandshake(); !tlsbridge.SSLWantReadError(err) {
			wantErr(t, err, tlsbridge.KindSSL, "PEER_DID_NOT_RETURN_A_CERTIFICATE")
		}
	}
	if n, err := server.Socket().RecvInto(make([]byte, 100), fdsock.MSG_DONTWAIT); !fdsock.BlockingIOError(err) {
		t.Errorf("%d bytes are left, %v", n, err)
	}
}
