//go:build linux

package fdsock_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/pollux-net/pollux/internal/leak"
)

// loner is a socket in a script that puts sockets into all kinds of states,
// right or wrong: nobody's data is awaited, every call is made on a
// nonblocking socket and has its outcome at once.
type loner struct {
	name, family, typ string
	closed            bool
	connected         bool // a datagram socket, whose sends may be refused later
}

// wanderer writes such a script.
type wanderer struct {
	rnd    *rand.Rand
	ops    [][]string
	all    []*loner
	extras int // sockets made by accept and dup, which are closed at the end
}

// states are the kinds of sockets that meet in a script.
var states = [][2]string{
	{"inet", "stream"}, {"inet", "dgram"}, {"unix", "stream"}, {"unix", "dgram"}, {"unix", "seqpacket"},
}

// header is how many operations at the beginning make the sockets.
const header = 6

func newWandering(rnd *rand.Rand, steps int) [][]string {
	w := &wanderer{rnd: rnd}
	kind := states[rnd.IntN(len(states))]
	for i, name := range []string{"s", "t", "u"} {
		if i == 2 && kind[0] == "unix" { // of another type, for EPROTOTYPE
			kind = states[2+rnd.IntN(3)]
		}
		w.all = append(w.all, &loner{name: name, family: kind[0], typ: kind[1]})
		w.op("new", name, kind[0], kind[1])
		w.op("setblocking", name, "0")
	}
	for range steps {
		w.step(w.all[rnd.IntN(len(w.all))])
	}
	return w.ops
}

func (w *wanderer) op(words ...string) { w.ops = append(w.ops, words) }

func (w *wanderer) pick(words ...string) string { return words[w.rnd.IntN(len(words))] }

// extra names a socket that no later operation uses.
func (w *wanderer) extra() string {
	w.extras++
	return fmt.Sprint("x", w.extras)
}

func (w *wanderer) step(s *loner) {
	switch w.rnd.IntN(16) {
	case 0, 1:
		w.op("bind", s.name, w.place(s))
	case 2:
		w.op("listen", s.name, w.pick("5", "6", "1000000"))
	case 3, 4:
		w.connect(s)
	case 5:
		w.op("accept", s.name, w.extra())
	case 6, 7:
		w.sends(s)
	case 8, 9:
		w.receives(s)
	case 10:
		w.op("shutdown", s.name, w.pick("0", "1", "2", "3", "-1"))
	case 11:
		w.op(w.pick("getsockname", "getpeername", "props", "mode", "fileno", "inheritable"), s.name)
	case 12, 13:
		w.options(s)
	case 14:
		w.op("dup", s.name, w.extra())
	case 15:
		if w.rnd.IntN(4) == 0 {
			w.op(w.pick("close", "detach"), s.name)
			s.closed = true
		}
	}
}

// place is an address to bind to, or not.
func (w *wanderer) place(s *loner) string {
	if s.family == "unix" {
		return w.pick("path!a", "path!b", "path!c", "path!", "path!no/such", "path!a/x")
	}
	return w.pick("inet!127.0.0.1!0", "inet!127.1!0", "inet!!0", "inet!0x7f.0.0.1!0", "inet!192.0.2.1!0",
		"inet!127.0.0.1!65536", "inet!127.0.0.1!-1", "inet!::1!0")
}

// other is the address of a socket that has one.
func (w *wanderer) other(s *loner) (addr string, of *loner) {
	for range 4 {
		o := w.all[w.rnd.IntN(len(w.all))]
		if !o.closed && o.family == s.family {
			return "@" + o.name, o
		}
	}
	return w.place(s), nil
}

func (w *wanderer) connect(s *loner) {
	call := w.pick("connect", "connect_ex")
	switch {
	case s.family == "unix" && w.rnd.IntN(2) == 0:
		w.op(call, s.name, w.place(s))
	case s.family == "unix":
		to, _ := w.other(s)
		w.op(call, s.name, to)
	case s.typ == "dgram":
		to, _ := w.other(s)
		w.op(call, s.name, to)
		s.connected = true
	default: // a connection that is still being made would have any outcome
		w.op(call, s.name, w.pick("inet!127.0.0.1!65536", "inet!127.0.0.1!-1", "inet!::1!1"))
	}
}

// sends makes a call that sends: over internet sockets one that cannot arrive.
func (w *wanderer) sends(s *loner) {
	size, flags := strconv.Itoa(w.rnd.IntN(20)), w.pick("", "DONTWAIT")
	inet := s.family == "inet"
	switch {
	case inet && s.typ == "dgram" && w.rnd.IntN(2) == 0:
		w.op("sendto", s.name, size, flags, w.pick("inet!127.0.0.1!65536", "inet!127.0.0.1!0", "inet!::1!9"))
	case inet && s.typ == "dgram" && s.connected:
		w.op("send", s.name, "65508", flags) // too long
	case !inet && s.typ == "dgram" && w.rnd.IntN(2) == 0:
		to, _ := w.other(s)
		w.op(w.pick("sendto"), s.name, size, flags, to)
	case w.rnd.IntN(2) == 0:
		w.op("sendmsg", s.name, size, flags, "", "0")
	default:
		w.op(w.pick("send", "sendall"), s.name, size, flags)
	}
}

func (w *wanderer) receives(s *loner) {
	size, flags := w.pick("0", "1", "5", "100", "-1"), w.pick("", "PEEK", "DONTWAIT", "TRUNC")
	switch w.rnd.IntN(4) {
	case 0:
		w.op("recv", s.name, size, w.pick("", "PEEK", "DONTWAIT"))
	case 1:
		w.op("recvfrom", s.name, size, w.pick("", "PEEK", "DONTWAIT"))
	case 2:
		w.op("recvmsg", s.name, size, w.pick("0", "10", "100", "-1"), w.pick("", "PEEK"))
	case 3:
		w.op("recvfrom_into", s.name, "100", flags)
	}
}

func (w *wanderer) options(s *loner) {
	level := w.pick("SOL_SOCKET", "SOL_SOCKET", "IPPROTO_TCP", "IPPROTO_IP")
	name := map[string]string{
		"SOL_SOCKET":  w.pick("SO_TYPE", "SO_ACCEPTCONN", "SO_KEEPALIVE", "SO_REUSEADDR", "SO_BROADCAST", "SO_LINGER", "SO_DOMAIN", "SO_PROTOCOL"),
		"IPPROTO_TCP": "TCP_NODELAY",
		"IPPROTO_IP":  "IP_TTL",
	}[level]
	switch w.rnd.IntN(3) {
	case 0:
		w.op("getopt", s.name, level, name)
	case 1:
		w.op("getoptbytes", s.name, level, name, w.pick("1", "4", "8", "1024", "1025", "-1"))
	case 2:
		w.op("setopt", s.name, level, name, w.pick("0", "1", "64", "-1", "300"))
	}
}

// TestStatesOfPython runs random scripts of calls on sockets that are not
// ready for them, and compares with Python's sockets.
func TestStatesOfPython(t *testing.T) {
	leak.Check(t)
	onDefault(t)
	py := startInterpreter(t)
	each := rounds(300)
	if n, err := strconv.Atoi(os.Getenv(scriptsVariable)); err == nil {
		each = n
	}
	rnd := seeded(t)
	for range each {
		seed := rnd.Uint64()
		ops := newWandering(rand.New(rand.NewPCG(seed, 0)), 30)
		at, _, _ := differ(t, py, ops)
		if at < 0 {
			continue
		}
		ops = slices.Clone(ops[:at+1])
		for i := len(ops) - 2; i >= header; i-- {
			if fewer := slices.Delete(slices.Clone(ops), i, i+1); first(differ(t, py, fewer)) == len(fewer)-1 {
				ops = fewer
			}
		}
		at, here, there := differ(t, py, ops)
		t.Fatalf("script %#x:\n%soperation %d: here %q, in Python %q", seed, describe(ops), at, here, there)
	}
}
