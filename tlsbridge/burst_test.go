package tlsbridge_test

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestUnwrapBehindABurst has the peer say farewell and go on in clear at once,
// behind records of which the last were small or large: what follows the
// farewell is still in the kernel after Unwrap, all of it.
func TestUnwrapBehindABurst(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		for _, size := range []int{1, 64, 2000, 2100, 16384} {
			for _, tail := range []string{"p", "plain", "plain, and more than the header and the body of a farewell"} {
				unwrapBehindABurst(t, v, size, tail)
			}
		}
	})
}

func unwrapBehindABurst(t *testing.T, v tlsbridge.TLSVersion, size int, tail string) {
	t.Helper()
	a, b := tcpPair(t)
	_, sctx := contexts(t, v)
	server, err := sctx.Wrap(b, tlsbridge.Options{})
	must(t, err)
	conn, err := a.Conn()
	must(t, err)
	config, _ := stdConfigs(v)
	config.DynamicRecordSizingDisabled = true
	client := tls.Client(conn, config)
	server.SetTimeout(patience)
	both(t, client.Handshake, server.DoHandshake)

	buf := make([]byte, 16384)
	for range 3 {
		_, err = client.Write(make([]byte, size))
		must(t, err)
	}
	must(t, client.CloseWrite())
	must(t, conn.SetWriteDeadline(time.Time{})) // CloseWrite has ended writing
	_, err = conn.Write([]byte(tail))
	must(t, err)
	for got := 0; got < 3*size; {
		n, err := server.RecvInto(buf)
		must(t, err)
		got += n
	}
	plain, err := server.Unwrap()
	must(t, err)
	n, err := plain.RecvInto(buf[:len(tail)], fdsock.MSG_WAITALL)
	if string(buf[:n]) != tail || err != nil {
		t.Errorf("%d bytes: behind the farewell %q, %v, want %q", size, buf[:n], err, tail)
	}
	if left := server.Leftover(); len(left) != 0 {
		t.Errorf("%d bytes: %q was received too early", size, left)
	}
	_ = conn.Close()
}
