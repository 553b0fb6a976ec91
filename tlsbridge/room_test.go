package tlsbridge_test

import (
	"errors"
	"math"
	"testing"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/tlsbridge"
)

// TestRecvHuge asks for more than there can be: MemoryError, as of a plain
// socket, and not the end of the program.
func TestRecvHuge(t *testing.T) {
	client, _ := open(t, tlsbridge.TLSv1_3)
	for _, n := range []int{1<<30 + 1, math.MaxInt} {
		if _, err := client.Recv(n); !errors.Is(err, sys.ENOMEM) {
			t.Error(err)
		}
		if _, err := client.RecvContext(t.Context(), n); !errors.Is(err, sys.ENOMEM) {
			t.Error(err)
		}
	}
}

// TestSSLObjectReadHuge makes room for what can come, however much is asked for.
func TestSSLObjectReadHuge(t *testing.T) {
	begin(t)
	cctx, sctx := contexts(t, tlsbridge.TLSv1_3)
	client, _, _, _ := memoryPair(t, cctx, sctx)
	if _, err := client.Read(math.MaxInt); !tlsbridge.SSLWantReadError(err) {
		t.Error(err)
	}
}
