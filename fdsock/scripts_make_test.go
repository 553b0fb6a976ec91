//go:build linux

package fdsock_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// maker writes a script of two connected sockets. It follows what the kernel
// has, so that every operation has one outcome: nothing waits for ever, and
// what was sent has arrived before anybody looks.
type maker struct {
	rnd  *rand.Rand
	ops  [][]string
	kind connection
	ends [2]*end
}

// connection is a kind of connection.
type connection struct {
	name   string
	family string
	typ    string
	stream bool
}

var connections = []connection{
	{"tcp", "inet", "stream", true},
	{"tcp6", "inet6", "stream", true},
	{"unix pair", "", "stream", true},
	{"unix stream", "unix", "stream", true},
	{"unix dgram", "", "dgram", false},
	{"unix seqpacket", "", "seqpacket", false},
	{"udp", "inet", "dgram", false},
	{"udp6", "inet6", "dgram", false},
}

// end is what the kernel knows of one socket.
type end struct {
	name    string
	peer    *end
	timeout string
	bytes   int   // of a stream, to be received
	queue   []int // datagrams to be received, by their sizes
	rights  bool  // the first bytes or datagram to be received carry descriptors
	ended   bool  // the peer has ended its direction
	shut    bool  // this end has ended its direction
	gone    bool  // closed here
}

func (m *maker) op(words ...string) { m.ops = append(m.ops, words) }

func (m *maker) pick(words ...string) string { return words[m.rnd.IntN(len(words))] }

func (m *maker) size(most int) int { return m.rnd.IntN(most + 1) }

// newScript returns a script of so many random steps.
func newScript(rnd *rand.Rand, k connection, steps int) [][]string {
	m := &maker{rnd: rnd, kind: k}
	a, b := &end{name: "a", timeout: "none"}, &end{name: "b", timeout: "none"}
	a.peer, b.peer = b, a
	m.ends = [2]*end{a, b}
	m.connect()
	for range steps {
		m.step(m.ends[m.rnd.IntN(2)])
	}
	m.farewell(m.ends[m.rnd.IntN(2)])
	return m.ops
}

// connect makes the two sockets.
func (m *maker) connect() {
	host := map[string]string{"inet": "inet!127.0.0.1!0", "inet6": "inet!::1!0", "unix": "path!l"}[m.kind.family]
	switch {
	case m.kind.family == "":
		m.op("pair", "a", "b", m.kind.typ)
	case m.kind.stream:
		m.op("new", "l", m.kind.family, "stream")
		m.op("bind", "l", host)
		m.op("listen", "l", m.pick("1", "5", "-1"))
		m.op("new", "a", m.kind.family, "stream")
		if m.rnd.IntN(3) == 0 {
			m.op("settimeout", "a", "5")
			m.ends[0].timeout = "5"
		}
		m.op(m.pick("connect", "connect_ex"), "a", "@l")
		m.op("accept", "l", "b")
		m.listenerOps()
		m.op("close", "l")
	default:
		for _, name := range []string{"a", "b"} {
			m.op("new", name, m.kind.family, "dgram")
			m.op("bind", name, host)
		}
		m.op("connect", "a", "@b")
		m.op("connect_ex", "b", "@a")
	}
}

// listenerOps are calls on a listener, to which nobody connects.
func (m *maker) listenerOps() {
	for range m.rnd.IntN(3) {
		switch m.rnd.IntN(5) {
		case 0:
			m.op("settimeout", "l", "0.01")
			m.op("accept", "l", "x")
		case 1:
			m.op("setblocking", "l", "0")
			m.op("accept", "l", "x")
		case 2:
			m.op("setblocking", "l", m.pick("0", "1")) // with a timeout Python waits for what cannot come
			m.op(m.pick("recv", "recvfrom"), "l", "5", "")
		case 3:
			m.op("getopt", "l", "SOL_SOCKET", "SO_ACCEPTCONN")
			m.op("send", "a", "0", "")
		case 4:
			if m.kind.family == "inet" {
				m.op("bind", "l", "inet!127.0.0.1!"+m.pick("0", "65536", "-1"))
			}
		}
	}
}

// step makes a random operation on one end.
func (m *maker) step(e *end) {
	if e.gone {
		m.closed(e)
		return
	}
	switch m.rnd.IntN(20) {
	case 0, 1, 2, 3, 4, 5:
		m.send(e)
	case 6, 7, 8, 9, 10, 11, 12:
		m.receive(e)
	case 13, 14:
		m.mode(e)
	case 15, 16:
		m.ask(e)
	case 17:
		m.wrong(e)
	case 18:
		m.option(e)
	case 19:
		if m.rnd.IntN(4) == 0 {
			m.shutdown(e)
		}
	}
}

// mode switches the mode.
func (m *maker) mode(e *end) {
	switch m.rnd.IntN(5) {
	case 0:
		e.timeout = m.pick("none", "0")
		m.op("setblocking", e.name, map[string]string{"none": "1", "0": "0"}[e.timeout])
	case 1:
		e.timeout = "0.01"
		m.op("settimeout", e.name, e.timeout)
	default:
		e.timeout = m.pick("none", "0", "5")
		m.op("settimeout", e.name, e.timeout)
	}
	m.op("mode", e.name)
}

// ask makes a call that changes nothing.
func (m *maker) ask(e *end) {
	switch m.rnd.IntN(5) {
	case 0:
		m.op("getsockname", e.name)
	case 1:
		if !e.peer.gone && !e.shut && !e.ended {
			m.op("getpeername", e.name)
		}
	case 2:
		m.op("props", e.name)
	case 3:
		m.op("setinheritable", e.name, m.pick("0", "1"))
		m.op("inheritable", e.name)
	case 4:
		m.op("dup", e.name, "d")
		m.op("mode", "d")
		m.op("close", "d")
		m.op("fileno", "d")
	}
}

// option reads or sets an option, real or not.
func (m *maker) option(e *end) {
	level, name := "SOL_SOCKET", m.pick("SO_TYPE", "SO_ERROR", "SO_KEEPALIVE", "SO_REUSEADDR", "SO_BROADCAST", "SO_DOMAIN")
	if m.rnd.IntN(5) == 0 {
		level, name = "IPPROTO_TCP", "TCP_NODELAY"
	}
	switch m.rnd.IntN(3) {
	case 0:
		m.op("setopt", e.name, level, name, m.pick("0", "1"))
	case 1:
		m.op("getoptbytes", e.name, level, name, m.pick("4", "1", "16", "1024", "1025", "-1"))
	}
	m.op("getopt", e.name, level, name)
}

// wrong makes a call with arguments that are refused, whatever the state.
func (m *maker) wrong(e *end) {
	switch m.rnd.IntN(6) {
	case 0:
		m.op("recv", e.name, "-1", "")
	case 1:
		m.op("recvfrom", e.name, "-5", "")
	case 2:
		m.op("recvmsg", e.name, "-1", "0", "")
	case 3:
		m.op("recvmsg", e.name, "5", "-1", "")
	case 4:
		m.op("recvmsg_into", e.name, "5", "-1", "")
	case 5:
		if m.kind.typ == "stream" {
			m.op("listen", e.name, "1")
		}
	}
}

// closed makes calls on a socket that is closed.
func (m *maker) closed(e *end) {
	n := strconv.Itoa(m.size(5))
	switch m.rnd.IntN(10) {
	case 0:
		m.op("recv", e.name, n, "")
	case 1:
		m.op("send", e.name, n, "")
	case 2:
		m.op("sendall", e.name, n, "")
	case 3:
		m.op("recvfrom", e.name, n, "")
	case 4:
		m.op("recvmsg", e.name, n, "0", "")
	case 5:
		m.op("sendmsg", e.name, n, "", "", "0")
	case 6:
		m.op(m.pick("getsockname", "getpeername", "fileno", "mode", "props", "close", "detach", "inheritable"), e.name)
	case 7:
		m.op("shutdown", e.name, m.pick("0", "1", "2"))
	case 8:
		m.op("getopt", e.name, "SOL_SOCKET", "SO_TYPE")
	case 9:
		m.op("dup", e.name, "x")
	}
}

// farewell ends one end in good order, and looks from the other.
func (m *maker) farewell(e *end) {
	if e.gone || e.peer.gone {
		return
	}
	m.drain(e)
	m.op(m.pick("close", "detach"), e.name)
	e.gone = true
	if m.kind.stream {
		e.peer.ended = true
		m.drain(e.peer)
		m.receive(e.peer)
	}
	for range 4 {
		m.closed(e)
	}
}

// drain receives all there is, so that closing is not a reset.
func (m *maker) drain(e *end) {
	for e.bytes > 0 || len(e.queue) > 0 {
		m.receive(e)
	}
}

func sizesOf(rnd *rand.Rand, total, parts int) string {
	var list []string
	for i := range parts {
		n := total
		if i < parts-1 {
			n = rnd.IntN(total + 1)
		}
		total -= n
		list = append(list, strconv.Itoa(n))
	}
	return strings.Join(list, ",")
}

func describe(ops [][]string) string {
	var b strings.Builder
	for i, op := range ops {
		fmt.Fprintf(&b, "%3d %q\n", i, op)
	}
	return b.String()
}
