package exampletest

import (
	"net"
	"strings"
	"testing"
	"time"
)

// Refused is an address at which nobody listens.
func Refused(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// crowd is how many clients [Crowded] has at once, and allowed how many
// descriptors a server.
const crowd, allowed = 90, 60

// Crowded starts a server with fewer descriptors than there are clients. It must
// say that it pauses, without doing that again and again, and serve who comes
// when the others have gone: that is for use to find out.
func Crowded(tb testing.TB, use func(addr string), args ...string) {
	tb.Helper()
	p := StartLimited(tb, allowed, args...)
	addr := p.Address()
	var conns []net.Conn
	for range crowd {
		c, err := net.DialTimeout("tcp", addr, Patience)
		if err != nil {
			tb.Fatal(err)
		}
		defer c.Close()
		conns = append(conns, c)
	}
	pauses := 1
	if why := p.Line("accepting pauses: "); !strings.Contains(why, "EMFILE") {
		tb.Errorf("accepting pauses because of %q", why)
	}
	began := time.Now()
	for _, c := range conns {
		_ = c.Close()
	}
	use(addr)
	most := 2 + int(time.Since(began)/(time.Second/2))
	p.Interrupt()
	pauses += strings.Count(p.Ends(0), "accepting pauses: ")
	if pauses > most {
		tb.Errorf("accepting has paused %d times", pauses)
	}
}
