//go:build linux

package pyselect_test

import (
	"testing"

	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/reactor"
)

// TestPollModifyUpgraded registers a socket, and modifies it as the TLS socket
// that it has become: from then on plaintext counts.
func TestPollModifyUpgraded(t *testing.T) {
	groups(t, func(t *testing.T, g *reactor.Group) {
		w := newWire(t, g)
		p := newPoll(t, pyselect.POLLIN, w.server.Socket())
		must(t, p.Modify(w.server, pyselect.POLLIN))
		r := w.record(t, "hello")
		w.bring(t, r[:3])
		poll(p, 0).wants(t)
		w.bring(t, r[3:])
		poll(p, 0).wants(t, at(w.server, pyselect.POLLIN))
		must(t, p.Modify(pyselect.FD(w.server.Fileno()), pyselect.POLLIN|pyselect.POLLOUT))
		recvTLS(t, w.server, 20)
		poll(p, 0).wants(t, at(w.server, pyselect.POLLOUT))
	})
}
